import {
  checkBytes,
  checkDate,
  fieldsOf as checkFields,
  checkFunction,
  checkText,
  checkThat,
  required,
} from '../arguments.js';
import { concatBytes, toBase64, toHex } from '../bytes.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { sha256 } from '../hashes.js';
import type { DistinguishedName } from './distinguished-name.js';
import { type CertificateFields, jwkOf, readCertificateFields, validityAt } from './fields.js';
import type { Holder } from './holder.js';
import { hasKeyUsageOf, ISSUER_ORGANIZATIONS, ISSUER_UNITS, type KeyUsage, roleOfPolicy } from './profile.js';
import type { CertificateHierarchy } from './trust-anchors.js';

const DAY_MS = 86_400_000;

/** CryptoKey, also in a program that has only the types of Node, where it is no global name. */
type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** The fields inside a certificate, for the floor's own use. */
export let fieldsOf: (certificate: JpkiCertificate) => CertificateFields;

/** Its RSA key; `undefined` where it has none, or is a certificate of the package's other build. */
export let rsaKeyOf: (certificate: JpkiCertificate) => CertificateFields['rsaKey'];

/**
 * CA certificates that a verdict found among its anchors, by fingerprint, so that a server parses them and brings in their
 * keys once. Nobody else's: what strangers send must not drive them out.
 */
const remembered = new Map<string, JpkiCertificate>();
const MOST_REMEMBERED = 16;

export function rememberCertificate(certificate: JpkiCertificate): void {
  if (remembered.has(certificate.fingerprintSha256)) return;
  const [oldest] = remembered.size < MOST_REMEMBERED ? [] : remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
  remembered.set(certificate.fingerprintSha256, certificate);
}

/** The same as `JpkiCertificate.parse`, for one that may be a CA's and have been seen before. */
export function parseCertificate(der: Uint8Array): JpkiCertificate {
  return remembered.get(toHex(sha256(der))) ?? JpkiCertificate.parse(der);
}

/**
 * An X.509 certificate as it says of itself, parsed once and immutable. Nothing here is checked against anybody's
 * signature: `verifyCertificate` says whether to believe it.
 *
 * For other libraries: `toPkijs(pkijs)`, `toForge(forge)`, and in Node `new X509Certificate(certificate.der)`.
 *
 * @example
 * const certificate = JpkiCertificate.parse(der);
 * console.log(certificate.role, String(certificate.subject), certificate.daysLeft());
 * @category Certificates
 */
export class JpkiCertificate {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Hexadecimal, whole bytes, lower case: `0132c4ab`. */
  readonly serialNumber: string;
  /**
   * Which of the two keys it is for, by its policy and key usage, never by where it was read; `undefined` for a CA
   * certificate and for one with another profile.
   */
  readonly role: KeyRole | undefined;
  /** The hierarchy its issuer's name claims. Only a verdict's anchor proves one. */
  readonly hierarchy: CertificateHierarchy;
  /** Object identifier of its policy; `undefined` when it has none or several. */
  readonly policy: string | undefined;
  /** Key usages in the order of RFC 5280 section 4.2.1.3; `undefined` when it does not say. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Whether its basic constraints say that it is a CA. */
  readonly isCa: boolean;
  /** SHA-256 of the whole DER, 64 hexadecimal digits in lower case. */
  readonly fingerprintSha256: string;
  readonly #fields: CertificateFields;

  static {
    fieldsOf = (certificate) => certificate.#fields;
    rsaKeyOf = (certificate) => (#fields in certificate ? certificate.#fields.rsaKey : undefined);
  }

  private constructor(fields: CertificateFields) {
    const { keyUsage, isCa, policies } = fields.extensions;
    this.#fields = fields;
    this.subject = fields.subject;
    this.issuer = fields.issuer;
    this.serialNumber = toHex(fields.serialNumber);
    this.keyUsage = keyUsage;
    this.isCa = isCa;
    this.policy = policies.length === 1 ? policies[0] : undefined;
    const role = this.policy === undefined || isCa ? undefined : roleOfPolicy(this.policy);
    this.role = role && hasKeyUsageOf(role, keyUsage) ? role : undefined;
    this.hierarchy = claimedHierarchy(fields.issuer);
    this.fingerprintSha256 = toHex(sha256(fields.der));
    Object.freeze(this);
  }

  /**
   * Reads one certificate from DER: nothing before it, nothing after it, no other encoding.
   *
   * @throws JpkiError `CERTIFICATE_INVALID` when the bytes are not one X.509 version 3 certificate in DER of at most 64 KB,
   * `INVALID_ARGUMENT` for no bytes
   */
  static parse(der: Uint8Array): JpkiCertificate {
    checkBytes('der', der);
    // A copy, so that nobody changes a certificate after it was read.
    return new JpkiCertificate(readCertificateFields(concatBytes(der)));
  }

  /** The bytes it was read from, a fresh copy. */
  get der(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#fields.der);
  }

  /** SubjectPublicKeyInfo, DER, a fresh copy. */
  get spki(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#fields.spki);
  }

  get notBefore(): Date {
    return new Date(this.#fields.notBefore);
  }

  /** The last second of validity. */
  get notAfter(): Date {
    return new Date(this.#fields.notAfter);
  }

  /**
   * Whom a signature certificate names; `undefined` for every other certificate. Not a field of its own, so that a logged
   * certificate does not show a person's name and address.
   */
  get holder(): Holder | undefined {
    return this.role === 'sign' ? this.#fields.extensions.holder : undefined;
  }

  /** Key identifier of its own public key, as it says; `undefined` when it does not. */
  get subjectKeyIdentifier(): string | undefined {
    const { subjectKeyIdentifier } = this.#fields.extensions;
    return subjectKeyIdentifier && toHex(subjectKeyIdentifier);
  }

  /** Key identifier of the CA key that signed it, as it says: tells the generations of a CA apart. */
  get authorityKeyIdentifier(): string | undefined {
    const { authorityKeyIdentifier } = this.#fields.extensions;
    return authorityKeyIdentifier && toHex(authorityKeyIdentifier);
  }

  /**
   * Whether `at` is within its dates, the first and the last second included. Says nothing about revocation.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for no date
   */
  isValidAt(at: Date): boolean {
    checkDate('at', at);
    return validityAt(this.#fields, at) === 'within';
  }

  /**
   * Whole days until the end of validity, 0 on the last one, negative afterwards.
   *
   * @param at default now
   * @throws JpkiError `INVALID_ARGUMENT` for no date
   */
  daysLeft(at: Date = new Date()): number {
    checkDate('at', at);
    return Math.floor((this.#fields.notAfter.getTime() - at.getTime()) / DAY_MS);
  }

  /** PEM text (RFC 7468), with a line feed at the end. */
  toPem(): string {
    const lines = toBase64(this.#fields.der).match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }

  /**
   * Its public key for WebCrypto, to verify with.
   *
   * @param algorithm names of WebCrypto, default RSASSA-PKCS1-v1_5 with SHA-256
   * @throws JpkiError `INVALID_ARGUMENT` when the key is not of that kind, or there are no names
   * @example
   * const key = await certificate.importPublicKey();
   * console.log(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, signature, data));
   */
  async importPublicKey(
    algorithm: { readonly name: string; readonly hash: string } = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
    },
  ): Promise<WebCryptoKey> {
    checkAlgorithm('algorithm', algorithm);
    const { subtle } = crypto;
    const { rsaKey } = this.#fields;
    try {
      if (rsaKey === undefined) return await subtle.importKey('spki', this.spki, algorithm, true, ['verify']);
      return await subtle.importKey('jwk', jwkOf(rsaKey), algorithm, true, ['verify']);
    } catch (cause) {
      throw new JpkiError('INVALID_ARGUMENT', `The certificate's key cannot be used for ${algorithm.name}.`, {
        argument: 'algorithm',
        cause,
      });
    }
  }

  /**
   * The same certificate for pkijs, of the copy of it that the caller has.
   *
   * @throws JpkiError `UNSUPPORTED` when pkijs cannot hold it, `INVALID_ARGUMENT` when `pkijs` is another thing
   * @example
   * import * as pkijs from 'pkijs';
   * const issuer = certificate.toPkijs(pkijs).issuer;
   */
  toPkijs<T>(pkijs: {
    readonly Certificate: { new (): T; fromBER(der: Uint8Array<ArrayBuffer>): unknown };
  }): T {
    checkFunction('pkijs.Certificate.fromBER', pkijs?.Certificate?.fromBER);
    return convert('pkijs', () => pkijs.Certificate.fromBER(this.der) as T);
  }

  /**
   * The same certificate for node-forge, of the copy of it that the caller has.
   *
   * @throws JpkiError `UNSUPPORTED` when node-forge cannot hold it (keys other than RSA), `INVALID_ARGUMENT` when `forge`
   * is another thing
   * @example
   * import forge from 'node-forge';
   * const pem = forge.pki.certificateToPem(certificate.toForge(forge));
   */
  toForge<T, A>(forge: {
    readonly asn1: { fromDer(bytes: string): A };
    readonly pki: { certificateFromAsn1(asn1: A): T };
  }): T {
    checkFunction('forge.asn1.fromDer', forge?.asn1?.fromDer);
    checkFunction('forge.pki.certificateFromAsn1', forge?.pki?.certificateFromAsn1);
    const binary = atob(toBase64(this.#fields.der));
    return convert('node-forge', () => forge.pki.certificateFromAsn1(forge.asn1.fromDer(binary)));
  }
}

export const checkCertificate = checkThat(
  (texts) => texts.certificate.aCertificate,
  // A proxy of one has its prototype, and no fields.
  (value) => value instanceof JpkiCertificate && fieldsOf(value) !== undefined,
);

const checkAlgorithm = checkFields<{ readonly name: string; readonly hash: string }>({
  name: required(checkText),
  hash: required(checkText),
});

function convert<T>(library: string, conversion: () => T): T {
  try {
    return conversion();
  } catch (cause) {
    throw new JpkiError('UNSUPPORTED', `${library} cannot hold this certificate.`, { cause });
  }
}

function claimedHierarchy(issuer: DistinguishedName): CertificateHierarchy {
  if (issuer.get('C') !== 'JP' || !Object.values(ISSUER_UNITS).includes(issuer.get('OU') ?? ''))
    return 'other';
  if (issuer.get('O') === ISSUER_ORGANIZATIONS.production) return 'production';
  return issuer.get('O') === ISSUER_ORGANIZATIONS.test ? 'test' : 'other';
}
