/** Object identifiers, in the dotted notation of X.680 section 32, as `oidText` of der.ts gives them. */

/** The arc of the JPKI (docs/card.md section 7). */
export const JPKI_ARC = '1.2.392.200149.8.5';

/** otherName entries of the signature certificate's subjectAltName; each value is a UTF8String (docs/card.md section 7). */
export const HOLDER_ENTRIES = {
  name: `${JPKI_ARC}.5.1`,
  nameSubstitutes: `${JPKI_ARC}.5.2`,
  sex: `${JPKI_ARC}.5.3`,
  birthDate: `${JPKI_ARC}.5.4`,
  address: `${JPKI_ARC}.5.5`,
  addressSubstitutes: `${JPKI_ARC}.5.6`,
} as const;

/** Extensions of the profile, and the two of RFC 5280 that a certificate in its place may carry. */
export const EXTENSIONS = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  cRLDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Extended key usages (RFC 5280 section 4.2.1.12). */
export const EXTENDED_KEY_USAGES = {
  clientAuth: '1.3.6.1.5.5.7.3.2',
  anyExtendedKeyUsage: '2.5.29.37.0',
} as const;

/** Attribute types of distinguished names (RFC 4519), by their short names. */
export const NAME_ATTRIBUTES = {
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
} as const;

/**
 * Short name of an attribute of a distinguished name: `CN`, `serialNumber`, `C`, `L`, `ST`, `O` or `OU`.
 *
 * @category Certificates
 */
export type NameAttribute = keyof typeof NAME_ATTRIBUTES;

/** An RSA key, and RSASSA-PKCS1-v1_5 where the hash is named elsewhere (RFC 8017 appendix A.1, RFC 3370 section 3.2). */
export const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';

/** RSASSA-PKCS1-v1_5 with a hash, by the hash's WebCrypto name (RFC 8017 appendix A.2.4). */
export const RSA_SIGNATURES = {
  'SHA-256': '1.2.840.113549.1.1.11',
  'SHA-384': '1.2.840.113549.1.1.12',
  'SHA-512': '1.2.840.113549.1.1.13',
} as const;

/** Hashes by their WebCrypto names (RFC 5754 section 2). */
export const HASH_ALGORITHMS = {
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const;

/** Content types and attributes of CMS (RFC 5652), and the signing certificate of RFC 5035. */
export const CMS = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  algorithmProtection: '1.2.840.113549.1.9.52',
} as const;

/** Attributes with timestamps: RFC 5126 sections 5.11.4, 6.1, 6.3 and 6.4, ETSI EN 319 122-1 section 5.5.3. */
export const TIMESTAMPS: readonly string[] = [
  '1.2.840.113549.1.9.16.2.14',
  '1.2.840.113549.1.9.16.2.20',
  '1.2.840.113549.1.9.16.2.25',
  '1.2.840.113549.1.9.16.2.26',
  '1.2.840.113549.1.9.16.2.48',
  '0.4.0.1733.2.4',
];

/** Attributes with revocation lists or OCSP answers, or their hashes: RFC 5126 sections 6.2 and 6.3, ISO 32000-1 section 12.8.3.3.2. */
export const REVOCATION_DATA: readonly string[] = [
  '1.2.840.113549.1.9.16.2.22',
  '1.2.840.113549.1.9.16.2.24',
  '1.2.840.113583.1.1.8',
];
