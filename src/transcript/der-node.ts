import { JpkiError } from '../errors.js';
import { readBerTlvHeader } from '../iso7816/index.js';

/** A value in DER. The arrays are views: writing to a content writes to the bytes that were read. */
export interface DerNode {
  readonly tag: number;
  readonly constructed: boolean;
  /** Tag, length and content. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly DerNode[];
}

/** Tags of X.680 section 8.6, with the constructed bit where the type has it. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const;

/** Deeper than certificates go; bounds the recursion. */
const MAX_DEPTH = 24;

/** The one value that the bytes are; `undefined` when they are anything else. */
export function readDerNode(bytes: Uint8Array): DerNode | undefined {
  try {
    const node = readNode(bytes, 0);
    return node?.bytes.length === bytes.length ? node : undefined;
  } catch (error) {
    if (error instanceof JpkiError) return undefined;
    throw error;
  }
}

function readNode(bytes: Uint8Array, depth: number): DerNode | undefined {
  const header = depth > MAX_DEPTH ? undefined : readBerTlvHeader(bytes);
  const end = header === undefined ? 0 : header.headerLength + header.valueLength;
  if (header === undefined || end > bytes.length) return undefined;
  const content = bytes.subarray(header.headerLength, end);
  const children: DerNode[] = [];
  for (let at = 0; header.constructed && at < content.length; ) {
    const child = readNode(content.subarray(at), depth + 1);
    if (child === undefined) return undefined;
    children.push(child);
    at += child.bytes.length;
  }
  const { tag, constructed } = header;
  return { tag, constructed, bytes: bytes.subarray(0, end), content, children };
}
