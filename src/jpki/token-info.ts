import { JpkiError } from '../errors.js';
import { TOKEN_INFO_LENGTH, TOKEN_LABEL, TOKEN_LABEL_LENGTH } from './files.js';

/**
 * What holds the keys: an Individual Number Card, the 住民基本台帳カード before it, which has a signature certificate only,
 * or a phone that stands in for one.
 *
 * @category The card and its applet
 */
export type TokenKind = 'card' | 'juki-card' | 'android' | 'iphone' | 'unknown';

function kindOf(label: string): TokenKind {
  const kinds = Object.keys(TOKEN_LABEL) as (keyof typeof TOKEN_LABEL)[];
  return kinds.find((kind) => TOKEN_LABEL[kind] === label) ?? 'unknown';
}

/**
 * File 0006, a PKCS #11 CK_TOKEN_INFO with 4-byte big-endian numbers [myna-card]. On some tokens the file ends after the
 * label [myna]: what is behind its end is `undefined`.
 *
 * @category The card and its applet
 */
export interface TokenInfo {
  /** Text without its padding. */
  readonly label: string;
  readonly kind: TokenKind;
  readonly manufacturerId: string | undefined;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
  /** CKF_ flags of PKCS #11. */
  readonly flags: number | undefined;
  /** The ten numbers after the flags; `undefined` where the token says it is unavailable (FFFFFFFF). */
  readonly maxSessionCount: number | undefined;
  readonly sessionCount: number | undefined;
  readonly maxRwSessionCount: number | undefined;
  readonly rwSessionCount: number | undefined;
  /** Bytes. */
  readonly maxPinLength: number | undefined;
  /** Bytes. */
  readonly minPinLength: number | undefined;
  /** Bytes, as the next three. */
  readonly totalPublicMemory: number | undefined;
  readonly freePublicMemory: number | undefined;
  readonly totalPrivateMemory: number | undefined;
  readonly freePrivateMemory: number | undefined;
  /** Two characters or bytes as the token has them: seen "03", which is no CK_VERSION pair. */
  readonly hardwareVersion: string | undefined;
  readonly firmwareVersion: string | undefined;
  /** Sixteen characters; a token without a clock has filler there (seen: all '9'). */
  readonly utcTime: string | undefined;
  /** The bytes of the file, at most 160. */
  readonly raw: Uint8Array;
}

/** Printable ASCII as it stands, any other byte as \xNN: the text can be shown on a terminal. */
function text(bytes: Uint8Array): string {
  let result = '';
  for (const byte of bytes) {
    result +=
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return result.replace(/(?: |\\x00)+$/, '');
}

/**
 * Reads a token information file.
 *
 * @throws JpkiError `MALFORMED_RESPONSE` when there is no whole label
 */
export function parseTokenInfo(file: Uint8Array): TokenInfo {
  if (file.length < TOKEN_LABEL_LENGTH) {
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      `Token information of ${file.length} bytes; its label alone has ${TOKEN_LABEL_LENGTH}.`,
    );
  }
  const raw = file.slice(0, TOKEN_INFO_LENGTH);
  const view = new DataView(raw.buffer, raw.byteOffset);
  let offset = TOKEN_LABEL_LENGTH;
  const field = <T>(length: number, read: (from: number) => T): T | undefined => {
    offset += length;
    return offset <= raw.length ? read(offset - length) : undefined;
  };
  const take = (length: number) => field(length, (from) => text(raw.subarray(from, from + length)));
  const number = () => field(4, (from) => view.getUint32(from));
  const known = (): number | undefined => {
    const value = number();
    return value === 0xffffffff ? undefined : value;
  };
  const label = text(raw.subarray(0, TOKEN_LABEL_LENGTH));
  // The properties below are written in the order of the file.
  return {
    label,
    kind: kindOf(label),
    manufacturerId: take(32),
    model: take(16),
    serialNumber: take(16),
    flags: number(),
    maxSessionCount: known(),
    sessionCount: known(),
    maxRwSessionCount: known(),
    rwSessionCount: known(),
    maxPinLength: known(),
    minPinLength: known(),
    totalPublicMemory: known(),
    freePublicMemory: known(),
    totalPrivateMemory: known(),
    freePrivateMemory: known(),
    hardwareVersion: take(2),
    firmwareVersion: take(2),
    utcTime: take(16),
    raw,
  };
}
