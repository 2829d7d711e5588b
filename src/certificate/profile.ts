/** The facts of the JPKI certificate profile (docs/card.md section 7), as data for whoever reads or makes one. */
import { JPKI_ARC } from '../asn1/oid.js';
import type { KeyRole } from '../errors.js';

interface PolicyProfile {
  /** Policy of a certificate held on a card. */
  readonly card: string;
  /** Cards and phones share this arc: one more number names the medium (signature on a phone: 40). */
  readonly arc: string;
  /** Further policy seen in the test hierarchy (`O=JPKI-TEST`) only. */
  readonly testOnly?: string;
}

export const POLICIES: Readonly<Record<KeyRole, PolicyProfile>> = {
  sign: { card: `${JPKI_ARC}.1.1.20`, arc: `${JPKI_ARC}.1.1`, testOnly: `${JPKI_ARC}.1.0.20` },
  auth: { card: `${JPKI_ARC}.1.3.30`, arc: `${JPKI_ARC}.1.3` },
};

export const SEX_DIGITS = { male: '1', female: '2', unknown: '3' } as const;

/** Sex as the certificate states it. */
export type Sex = keyof typeof SEX_DIGITS;

/** An era of birth: the digit in the card's EYYYYMMDD form, its names, and the Gregorian year of its year 1. */
export const ERAS = [
  { digit: '1', id: 'meiji', ja: '明治', en: 'Meiji', firstYear: 1868 },
  { digit: '2', id: 'taisho', ja: '大正', en: 'Taisho', firstYear: 1912 },
  { digit: '3', id: 'showa', ja: '昭和', en: 'Showa', firstYear: 1926 },
  { digit: '4', id: 'heisei', ja: '平成', en: 'Heisei', firstYear: 1989 },
  { digit: '5', id: 'reiwa', ja: '令和', en: 'Reiwa', firstYear: 2019 },
] as const;

/** Organization (O) of the issuer's name in each hierarchy. A name is a claim: only an anchor proves it. */
export const ISSUER_ORGANIZATIONS = { production: 'JPKI', test: 'JPKI-TEST' } as const;

/** First organizational unit (OU) of the issuer's name: which of the two CAs it is. */
export const ISSUER_UNITS: Readonly<Record<KeyRole, string>> = {
  sign: 'JPKI for digital signature',
  auth: 'JPKI for user authentication',
};

/** Organization in the issuerAltName. */
export const ISSUER_ALT_ORGANIZATION = '公的個人認証サービス';

/** Key usage bits that a certificate of this role holds: these and no others. */
export const KEY_USAGES: Readonly<Record<KeyRole, readonly KeyUsage[]>> = {
  sign: ['digitalSignature', 'nonRepudiation'],
  auth: ['digitalSignature'],
};

/** RFC 5280 section 4.2.1.3, in bit order from bit 0. */
export const KEY_USAGE_BITS = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** A use of a key by its name in RFC 5280 section 4.2.1.3, such as `digitalSignature`. */
export type KeyUsage = (typeof KEY_USAGE_BITS)[number];
