import { fromHex } from '../bytes.js';

const prefix = /* @__NO_SIDE_EFFECTS__ */ (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

/**
 * What stands in front of a hash when RSASSA-PKCS1-v1_5 signs it: the DER of a DigestInfo up to the hash value, by the
 * hash's WebCrypto name (RFC 8017 section 9.2, note 1).
 */
export const DIGEST_INFO_PREFIX = {
  'SHA-256': prefix('3031300d060960864801650304020105000420'),
  'SHA-384': prefix('3041300d060960864801650304020205000430'),
  'SHA-512': prefix('3051300d060960864801650304020305000440'),
} as const;
