import { JpkiError } from '../errors.js';
import { TOKEN_INFO_LENGTH } from './files.js';

/** What holds the keys: a card, or a phone that stands in for one. */
export type TokenKind = 'card' | 'android' | 'iphone' | 'unknown';

/** Labels seen, space padded in the file [myna, myna-card]. */
const KIND_BY_LABEL: Readonly<Record<string, TokenKind>> = {
  JPKIAPICCTOKEN2: 'card',
  JPKIAPICCTOKEN: 'card',
  JPKIAPGPSETOKEN: 'android',
  JPKIAPIOSTOKEN: 'iphone',
};

/** File 0006, a PKCS #11 CK_TOKEN_INFO with 4-byte big-endian numbers [myna-card]. */
export interface TokenInfo {
  /** Text without its padding. */
  readonly label: string;
  readonly kind: TokenKind;
  readonly manufacturerId: string;
  readonly model: string;
  readonly serialNumber: string;
  /** CKF_ flags of PKCS #11. */
  readonly flags: number;
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
  readonly hardwareVersion: string;
  readonly firmwareVersion: string;
  /** Sixteen characters; a token without a clock has filler there (seen: all '9'). */
  readonly utcTime: string;
  /** The 160 bytes. */
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
 * @throws JpkiError `MALFORMED_RESPONSE` when there are fewer than 160 bytes
 */
export function parseTokenInfo(file: Uint8Array): TokenInfo {
  if (file.length < TOKEN_INFO_LENGTH) {
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      `Token information of ${file.length} bytes; it has ${TOKEN_INFO_LENGTH}.`,
    );
  }
  const raw = file.slice(0, TOKEN_INFO_LENGTH);
  const view = new DataView(raw.buffer, raw.byteOffset);
  let offset = 0;
  const take = (length: number): string => {
    offset += length;
    return text(raw.subarray(offset - length, offset));
  };
  const number = (): number => {
    offset += 4;
    return view.getUint32(offset - 4);
  };
  const known = (): number | undefined => {
    const value = number();
    return value === 0xffffffff ? undefined : value;
  };
  const label = take(32);
  // The properties below are written in the order of the file.
  return {
    label,
    kind: Object.hasOwn(KIND_BY_LABEL, label) ? (KIND_BY_LABEL[label] ?? 'unknown') : 'unknown',
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
