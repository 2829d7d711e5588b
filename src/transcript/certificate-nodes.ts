import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, fromHex, toHex } from '../bytes.js';
import { type DerNode, readDerNode, TAG } from './der-node.js';

/** The parts of an X.509 certificate (RFC 5280 section 4.1) that a redaction treats each in its own way. */
export interface CertificateNodes {
  readonly tbs: DerNode;
  readonly version: DerNode | undefined;
  readonly issuer: DerNode;
  readonly notBefore: DerNode;
  readonly notAfter: DerNode;
  readonly subject: DerNode;
  readonly publicKey: RsaPublicKeyNodes | undefined;
  readonly extensions: readonly ExtensionNodes[];
  readonly algorithm: DerNode;
  readonly signature: DerNode;
}

export interface RsaPublicKeyNodes {
  /** The BIT STRING of the SubjectPublicKeyInfo, which holds the other two. */
  readonly bitString: DerNode;
  readonly modulus: DerNode;
  readonly exponent: DerNode;
}

export interface ExtensionNodes {
  /** Object identifier in DER, without tag and length, as hexadecimal text. */
  readonly oid: string;
  /** The OCTET STRING. */
  readonly value: DerNode;
}

/** Object identifiers in DER, without tag and length. */
export const OID = {
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  countryName: '550406',
  organizationName: '55040a',
  organizationalUnitName: '55040b',
  sha256WithRsaEncryption: '2a864886f70d01010b',
  /** The sex of the holder in the subjectAltName, 1.2.392.200149.8.5.5.3 (card.md section 7). */
  holderSex: '2a83088c9b5508050503',
} as const;

/** `undefined` when the bytes are not shaped like a certificate in every part named here. */
export function readCertificateNodes(der: Uint8Array): CertificateNodes | undefined {
  const [tbs, algorithm, signature, ...excess] = sequence(readDerNode(der));
  if (tbs === undefined || !hasTag(algorithm, TAG.sequence) || !hasTag(signature, TAG.bitString))
    return undefined;
  const fields = [...sequence(tbs)];
  const version = hasTag(fields[0], 0xa0) ? fields.shift() : undefined;
  const [serialNumber, innerAlgorithm, issuer, validity, subject, spki, ...optional] = fields;
  const [notBefore, notAfter, ...moreTimes] = sequence(validity);
  if (!hasTag(serialNumber, TAG.integer) || !hasTag(innerAlgorithm, TAG.sequence)) return undefined;
  if (!hasTag(issuer, TAG.sequence) || !hasTag(subject, TAG.sequence) || !hasTag(spki, TAG.sequence))
    return undefined;
  if (!isTime(notBefore) || !isTime(notAfter) || moreTimes.length > 0 || excess.length > 0) return undefined;
  const extensions = readExtensions(optional.find(({ tag }) => tag === 0xa3));
  if (extensions === undefined) return undefined;
  const publicKey = readRsaPublicKey(spki);
  return { tbs, version, issuer, notBefore, notAfter, subject, publicKey, extensions, algorithm, signature };
}

function readExtensions(node: DerNode | undefined): ExtensionNodes[] | undefined {
  const extensions: ExtensionNodes[] = [];
  for (const extension of sequence(node?.children[0])) {
    const oid = extension.children[0];
    const value = extension.children.at(-1);
    if (!hasTag(oid, TAG.oid) || !hasTag(value, TAG.octetString)) return undefined;
    extensions.push({ oid: toHex(oid.content), value });
  }
  return extensions;
}

function readRsaPublicKey(spki: DerNode): RsaPublicKeyNodes | undefined {
  const [, bitString] = spki.children;
  if (!hasTag(bitString, TAG.bitString) || bitString.content[0] !== 0) return undefined;
  const [modulus, exponent, ...excess] = sequence(readDerNode(bitString.content.subarray(1)));
  if (!hasTag(modulus, TAG.integer) || !hasTag(exponent, TAG.integer) || excess.length > 0) return undefined;
  return { bitString, modulus, exponent };
}

/**
 * Whether it is the certificate of a CA that signed it with its own key, RSASSA-PKCS1-v1_5 with SHA-256. The signature
 * is checked, so that nothing which did not come from the CA can be in it: a published certificate names no holder.
 */
export function isSelfSignedCa(certificate: CertificateNodes): boolean {
  const { tbs, issuer, subject, publicKey, extensions, algorithm, signature } = certificate;
  if (publicKey === undefined || !equalBytes(issuer.bytes, subject.bytes)) return false;
  const constraints = extensions.find(({ oid }) => oid === OID.basicConstraints);
  const [isCa] = sequence(constraints && readDerNode(constraints.value.content));
  if (!hasTag(isCa, TAG.boolean) || isCa.content[0] === 0) return false;
  const [algorithmOid] = algorithm.children;
  if (algorithmOid === undefined || toHex(algorithmOid.content) !== OID.sha256WithRsaEncryption) return false;
  return hasSignature(tbs.bytes, signature.content.subarray(1), publicKey);
}

/** DigestInfo of SHA-256 up to the hash, RFC 8017 section 9.2 note 1. */
const SHA256_PREFIX = fromHex('3031300d060960864801650304020105000420') ?? new Uint8Array(0);
/** Every JPKI CA has this exponent (card.md section 2); a large one would only cost time. */
const EXPONENT = '010001';
const MAX_MODULUS_LENGTH = 1024;

/** RFC 8017 section 8.2.2. Not WebCrypto: a transcript's text is made without waiting, and no trust rests on this. */
function hasSignature(data: Uint8Array, signature: Uint8Array, key: RsaPublicKeyNodes): boolean {
  const { modulus } = key;
  const length = modulus.content.length - (modulus.content[0] === 0 ? 1 : 0);
  if (toHex(key.exponent.content) !== EXPONENT || length > MAX_MODULUS_LENGTH) return false;
  if (signature.length !== length || length < SHA256_PREFIX.length + 32 + 11) return false;
  const n = BigInt(`0x${toHex(modulus.content)}`);
  const base = BigInt(`0x${toHex(signature)}`);
  if (n === 0n) return false;
  let power = base;
  for (let i = 0; i < 16; i++) power = (power * power) % n;
  const block = ((power * base) % n).toString(16).padStart(2 * length, '0');
  const padding = new Uint8Array(length - SHA256_PREFIX.length - 32 - 3).fill(0xff);
  const expected = concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), SHA256_PREFIX, sha256(data));
  return block === toHex(expected);
}

export function hasTag(node: DerNode | undefined, tag: number): node is DerNode {
  return node?.tag === tag;
}

function sequence(node: DerNode | undefined): readonly DerNode[] {
  return hasTag(node, TAG.sequence) ? node.children : [];
}

/** RFC 5280 section 4.1.2.5: seconds, UTC. */
function isTime(node: DerNode | undefined): node is DerNode {
  const text = node === undefined ? '' : String.fromCharCode(...node.content.subarray(0, 16));
  return (
    (hasTag(node, TAG.utcTime) && /^\d{12}Z$/.test(text)) ||
    (hasTag(node, TAG.generalizedTime) && /^\d{14}Z$/.test(text))
  );
}
