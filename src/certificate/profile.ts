/** The facts of the JPKI certificate profile (docs/card.md section 7), as data for whoever reads or makes one. */
import { JPKI_ARC } from '../asn1/oid.js';
import { type KeyRole, ROLES } from '../errors.js';
import { say } from '../text/index.js';

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

/**
 * Sex as the certificate states it.
 *
 * @category Certificates
 */
export type Sex = keyof typeof SEX_DIGITS;

/**
 * An era of birth: 明治, 大正, 昭和, 平成 or 令和, with the Gregorian year of its year 1.
 *
 * @category Certificates
 */
export interface Era {
  /** In the card's `EYYYYMMDD` form. */
  readonly digit: '1' | '2' | '3' | '4' | '5';
  readonly id: 'meiji' | 'taisho' | 'showa' | 'heisei' | 'reiwa';
  readonly en: string;
  readonly ja: string;
  readonly firstYear: number;
}

export const ERAS: readonly Era[] = [
  { digit: '1', id: 'meiji', ...say((texts) => texts.certificate.era.meiji), firstYear: 1868 },
  { digit: '2', id: 'taisho', ...say((texts) => texts.certificate.era.taisho), firstYear: 1912 },
  { digit: '3', id: 'showa', ...say((texts) => texts.certificate.era.showa), firstYear: 1926 },
  { digit: '4', id: 'heisei', ...say((texts) => texts.certificate.era.heisei), firstYear: 1989 },
  { digit: '5', id: 'reiwa', ...say((texts) => texts.certificate.era.reiwa), firstYear: 2019 },
];

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

/**
 * A use of a key by its name in RFC 5280 section 4.2.1.3, such as `digitalSignature`.
 *
 * @category Certificates
 */
export type KeyUsage = (typeof KEY_USAGE_BITS)[number];

/** The role a policy is for, on cards, on phones and in the test hierarchy; `undefined` for any other policy. */
export function roleOfPolicy(policy: string): KeyRole | undefined {
  return ROLES.find((role) => isPolicyOf(role, policy, true));
}

/** Whether this is a policy of the role; the one that only the test hierarchy has counts when `test` is set. */
export function isPolicyOf(role: KeyRole, policy: string, test: boolean): boolean {
  const { arc, testOnly } = POLICIES[role];
  const medium = policy.startsWith(`${arc}.`) ? policy.slice(arc.length + 1) : '';
  return /^[0-9]+$/.test(medium) || (test && policy === testOnly);
}

/** Whether the key usages are those of the role: all of them, and no others. */
export function hasKeyUsageOf(role: KeyRole, usages: readonly KeyUsage[] | undefined): boolean {
  return usages !== undefined && usages.join() === KEY_USAGES[role].join();
}
