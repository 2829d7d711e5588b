export type { NameAttribute } from '../asn1/oid.js';
export { JpkiCertificate } from './certificate.js';
export type { DistinguishedName, NamePart } from './distinguished-name.js';
export {
  type BirthDate,
  compareHolderAddress,
  compareHolderName,
  type Holder,
  type SubstituteCharacter,
  type TextComparison,
} from './holder.js';
export type { Era, KeyUsage, Sex } from './profile.js';
export {
  type CertificateHierarchy,
  JLIS_TRUST_ANCHORS,
  type JlisTrustAnchor,
  type TrustAnchor,
} from './trust-anchors.js';
export {
  type CertificateVerdict,
  type Finding,
  type FindingCode,
  type VerifyCertificateOptions,
  verifyCertificate,
} from './verify.js';
