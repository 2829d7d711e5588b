export type { NameAttribute } from '../asn1/oid.js';
export type { BirthDate, Era } from './birth-date.js';
export { JpkiCertificate } from './certificate.js';
export type { DistinguishedName, NamePart } from './distinguished-name.js';
export type { Finding, FindingCode } from './findings.js';
export type { Holder, SubstituteCharacter } from './holder.js';
export { compareHolderAddress, compareHolderName, type TextComparison } from './match.js';
export type { KeyUsage, Sex } from './profile.js';
export {
  type CertificateHierarchy,
  JLIS_TRUST_ANCHORS,
  type JlisTrustAnchor,
  type TrustAnchor,
} from './trust-anchors.js';
export {
  type CertificateVerdict,
  type VerifyCertificateOptions,
  verifyCertificate,
} from './verify.js';
