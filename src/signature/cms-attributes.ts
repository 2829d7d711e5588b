/** What the signed attributes of one signer have to say (RFC 5652 section 11, RFC 5035 section 3). */

import {
  type DerValue,
  expectTag,
  invalid,
  isContext,
  oidText,
  positiveInteger,
  sequenceOf,
  TAG,
  timeValue,
} from '../asn1/der.js';
import { CMS } from '../asn1/oid.js';
import { equalBytes, toHex } from '../bytes.js';
import { DistinguishedName } from '../certificate/distinguished-name.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { type HashName, INCREMENTAL_HASHES } from '../jpki/hash.js';
import { type CmsFinding, type CmsNote, remark } from './cms-findings.js';
import type { SignedAttributes } from './cms-read.js';
import { HASHES, hashNamed } from './hashes.js';

export interface AttributeJudgement {
  readonly findings: readonly CmsFinding[];
  readonly notes: readonly CmsNote[];
  readonly signingTime: Date | undefined;
}

/**
 * @param digest of the content, or `undefined` when the content is not there
 * @param certificate the signer's, or `undefined` when it was not found
 */
export function judgeAttributes(
  attributes: SignedAttributes,
  contentType: string,
  hash: HashName | undefined,
  digest: Uint8Array | undefined,
  certificate: JpkiCertificate | undefined,
): AttributeJudgement {
  const time = singleValue(attributes, CMS.signingTime, (value) => timeValue(value, 'the signing time'));
  const named = singleValue(attributes, CMS.signingCertificateV2, readSigningCertificate);
  const typed = singleValue(attributes, CMS.contentType, (value) => oidText(value, 'the content type'));
  const findings: CmsFinding[] = [
    ...(typed.value === contentType ? [] : [remark('CONTENT_TYPE_ATTRIBUTE', typed.value)]),
    ...judgeDigest(attributes, hash, digest),
    ...[time, named].flatMap(({ finding }) => finding ?? []),
  ];
  if (named.value && certificate && !names(named.value, certificate)) {
    findings.push(remark('SIGNING_CERTIFICATE'));
  }
  return {
    findings,
    notes: named.state === 'absent' ? [remark('SIGNING_CERTIFICATE_ABSENT')] : [],
    signingTime: time.value,
  };
}

function judgeDigest(
  attributes: SignedAttributes,
  hash: HashName | undefined,
  digest: Uint8Array | undefined,
): readonly CmsFinding[] {
  const { state, value, finding } = singleValue(
    attributes,
    CMS.messageDigest,
    (der) => expectTag(der, TAG.octetString, 'the message digest').content,
  );
  if (state === 'absent') return [remark('MESSAGE_DIGEST_MISSING')];
  if (state === 'repeated') return [remark('MESSAGE_DIGEST_REPEATED')];
  if (!value) return [finding ?? remark('MESSAGE_DIGEST_MISSING')];
  if (hash && value.length !== HASHES[hash].length) return [remark('MESSAGE_DIGEST_LENGTH', hash)];
  return digest && !equalBytes(value, digest) ? [remark('MESSAGE_DIGEST')] : [];
}

interface AttributeValue<T> {
  readonly state: 'absent' | 'repeated' | 'malformed' | 'read';
  readonly value?: T;
  readonly finding?: CmsFinding;
}

/** The one value of an attribute that is there at most once. */
function singleValue<T>(
  { list }: SignedAttributes,
  wanted: string,
  read: (value: DerValue) => T,
): AttributeValue<T> {
  const found = list.filter(({ type }) => type === wanted);
  if (found.length === 0) return { state: 'absent' };
  const [value, ...more] = found.flatMap(({ values }) => values);
  if (found.length > 1 || value === undefined || more.length > 0) {
    return { state: 'repeated', finding: remark('ATTRIBUTE_REPEATED', wanted) };
  }
  try {
    return { state: 'read', value: read(value) };
  } catch {
    return { state: 'malformed', finding: remark('ATTRIBUTE_MALFORMED', wanted) };
  }
}

interface SigningCertificate {
  /** `undefined` for a hash that is not used here. */
  readonly hash: HashName | undefined;
  readonly certificateHash: Uint8Array;
  readonly issuerAndSerialNumber:
    | { readonly issuer: DistinguishedName; readonly serialNumber: string }
    | undefined;
}

/** The first ESSCertIDv2, which is the signer's; others would restrict the path. */
function readSigningCertificate(value: DerValue): SigningCertificate {
  const [certificates] = sequenceOf(value, 'the signing certificate');
  const [identifier] = sequenceOf(certificates, 'the signing certificate');
  const fields = [...sequenceOf(identifier, 'the signing certificate')];
  // DEFAULT SHA-256.
  const algorithm = fields[0]?.tag === TAG.sequence ? fields.shift() : undefined;
  const [certificateHash, issuerSerial, ...more] = fields;
  const algorithmOid = algorithm && oidText(sequenceOf(algorithm, 'its hash')[0], 'its hash');
  if (more.length > 0) throw invalid('it has too many fields');
  return {
    hash: algorithmOid === undefined ? 'SHA-256' : hashNamed('oid', algorithmOid),
    certificateHash: expectTag(certificateHash, TAG.octetString, 'its hash').content,
    issuerAndSerialNumber: issuerSerial && readIssuerSerial(issuerSerial),
  };
}

function readIssuerSerial(value: DerValue): SigningCertificate['issuerAndSerialNumber'] {
  const [names, serialNumber, ...more] = sequenceOf(value, 'the issuer and serial number');
  const [name, ...otherNames] = sequenceOf(names, 'the issuer');
  if (!isContext(name, 4, true) || name.children.length !== 1 || otherNames.length + more.length > 0) {
    throw invalid('its issuer is not one name');
  }
  return {
    issuer: DistinguishedName.fromDer(name.children[0]),
    serialNumber: toHex(positiveInteger(serialNumber, 'the serial number')),
  };
}

function names(named: SigningCertificate, certificate: JpkiCertificate): boolean {
  const { hash, certificateHash, issuerAndSerialNumber: other } = named;
  const sameNumber =
    !other || (other.serialNumber === certificate.serialNumber && certificate.issuer.equals(other.issuer));
  return (
    hash !== undefined && sameNumber && equalBytes(INCREMENTAL_HASHES[hash](certificate.der), certificateHash)
  );
}
