/** X.509 extensions: the ones a JPKI certificate has are read, the others are kept by name only. */
import {
  type DerValue,
  expectTag,
  insideOctetString,
  invalid,
  isContext,
  oidText,
  sequenceOf,
  setBits,
  TAG,
} from '../asn1/der.js';
import { EXTENSIONS } from '../asn1/oid.js';
import { type Holder, readHolder } from './holder.js';
import { KEY_USAGE_BITS, type KeyUsage } from './profile.js';

/** What the extensions of one certificate say; a field is `undefined` when its extension is not there. */
export interface Extensions {
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Whether basicConstraints says that this is a CA. */
  readonly isCa: boolean;
  readonly policies: readonly string[];
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly authorityKeyIdentifier: Uint8Array | undefined;
  readonly holder: Holder | undefined;
  /** Object identifiers of the critical ones. */
  readonly critical: readonly string[];
}

/**
 * Reads the `[3]` field of a TBSCertificate; `undefined` stands for a certificate without extensions.
 *
 * @throws JpkiError `CERTIFICATE_INVALID`, also when one extension is there twice (RFC 5280 section 4.2)
 */
export function readExtensions(field: DerValue | undefined): Extensions {
  const found = new Map<string, DerValue>();
  const critical: string[] = [];
  for (const extension of field ? listOf(field) : []) {
    const children = [...sequenceOf(extension, 'an extension')];
    const oid = oidText(children.shift(), 'the type of an extension');
    if (found.has(oid)) throw invalid(`the extension ${oid} is there twice`);
    if (children.length === 2) {
      const flag = expectTag(children.shift(), TAG.boolean, 'the critical flag of an extension');
      if (flag.content[0] !== 0) critical.push(oid);
    }
    if (children.length !== 1) throw invalid('an extension is not a type and a value');
    found.set(oid, insideOctetString(children[0], 'the value of an extension'));
  }
  const read = <T>(oid: string, reader: (value: DerValue) => T): T | undefined => {
    const value = found.get(oid);
    return value && reader(value);
  };
  return Object.freeze({
    keyUsage: read(EXTENSIONS.keyUsage, readKeyUsage),
    isCa: read(EXTENSIONS.basicConstraints, readIsCa) ?? false,
    policies: read(EXTENSIONS.certificatePolicies, readPolicies) ?? Object.freeze([]),
    extendedKeyUsages: read(EXTENSIONS.extendedKeyUsage, (value) =>
      sequenceOf(value, 'the extended key usage').map((usage) => oidText(usage, 'an extended key usage')),
    ),
    subjectKeyIdentifier: read(
      EXTENSIONS.subjectKeyIdentifier,
      (value) => expectTag(value, TAG.octetString, 'the subject key identifier').content,
    ),
    authorityKeyIdentifier: read(
      EXTENSIONS.authorityKeyIdentifier,
      (value) =>
        sequenceOf(value, 'the authority key identifier').find((item) => isContext(item, 0, false))?.content,
    ),
    holder: read(EXTENSIONS.subjectAltName, readHolder),
    critical: Object.freeze(critical),
  });
}

function listOf(field: DerValue): readonly DerValue[] {
  const [list, ...more] = field.children;
  const extensions = sequenceOf(list, 'the extensions');
  if (more.length > 0 || extensions.length === 0) throw invalid('the extensions are not one list');
  return extensions;
}

function readKeyUsage(value: DerValue): readonly KeyUsage[] {
  const usages = setBits(value, 'the key usage').map((bit) => KEY_USAGE_BITS[bit]);
  // Bits beyond the nine that are defined mean nothing yet.
  return Object.freeze(usages.filter((usage) => usage !== undefined));
}

/** RFC 5280 section 4.2.1.9: a flag that is false when left out, and perhaps the length of the path below. */
function readIsCa(value: DerValue): boolean {
  const fields = [...sequenceOf(value, 'the basic constraints')];
  const flag = fields[0]?.tag === TAG.boolean ? fields.shift() : undefined;
  if (fields.length > 0) expectTag(fields.shift(), TAG.integer, 'the path length');
  if (fields.length > 0) throw invalid('the basic constraints have too many fields');
  return flag !== undefined && expectTag(flag, TAG.boolean, 'the CA flag').content[0] !== 0;
}

function readPolicies(value: DerValue): readonly string[] {
  const policies = sequenceOf(value, 'the certificate policies').map((policy) =>
    oidText(sequenceOf(policy, 'a certificate policy')[0], 'a certificate policy'),
  );
  return Object.freeze(policies);
}
