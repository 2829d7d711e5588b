/** From the text of a compact JWS (RFC 7515) to its parts, strictly: one JWS has one spelling and one meaning. */
import { orUndefined } from '../asn1/der.js';
import { fromBase64, fromBase64Url } from '../bytes.js';
import { parseCertificate } from '../certificate/certificate.js';
import {
  type CertificateVerdict,
  JpkiCertificate,
  type VerifyCertificateOptions,
  verifyCertificate,
} from '../certificate/index.js';
import { isSignedBy } from '../certificate/verify.js';
import type { HashName } from '../jpki/hash.js';

export interface CompactJws {
  readonly header: ReadonlyMap<string, unknown>;
  /** Nobody has vouched for it yet. */
  readonly payload: Uint8Array;
  /** Header and payload as they stand (RFC 7515 section 5.2). */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** The certificates that came with a JWS, which prove nothing by themselves. */
export interface SignerChain {
  readonly certificate: JpkiCertificate;
  readonly issuers: readonly JpkiCertificate[];
}

/** Why a text is not read any further. */
export type JwsDefect = 'malformed' | 'repeated-name';

/** Most characters of an encoded header. The two certificates of a card take about 6000. */
const MAX_HEADER_LENGTH = 32_768;

/** @returns the parts, or what is wrong with the text, which may be of any type */
export function readCompactJws(jws: unknown, maxLength: number): CompactJws | JwsDefect {
  if (typeof jws !== 'string' || jws.length > maxLength) return 'malformed';
  // No more pieces than tell that there are too many: a text of dots alone would become millions.
  const parts = jws.split('.', 4);
  const [encodedHeader = '', encodedPayload = '', encodedSignature = ''] = parts;
  if (parts.length !== 3 || encodedHeader.length > MAX_HEADER_LENGTH) return 'malformed';
  const encodedJson = fromBase64Url(encodedHeader);
  const payload = fromBase64Url(encodedPayload);
  const signature = fromBase64Url(encodedSignature);
  if (!encodedJson || !payload || !signature) return 'malformed';
  const header = readJson(encodedJson);
  if (typeof header === 'string') return header;
  const signingInput = new TextEncoder().encode(`${encodedHeader}.${encodedPayload}`);
  return { header, payload, signingInput, signature };
}

/** `x5c` (RFC 7515 section 4.1.6): standard base64, the signer's certificate first, at most its CA's behind it. */
export function readChain(x5c: unknown): SignerChain | undefined {
  if (!Array.isArray(x5c) || x5c.length > 2) return undefined;
  const [first, ...others] = x5c;
  const certificate = readCertificate(first, JpkiCertificate.parse);
  const issuers = others.map((encoded) => readCertificate(encoded, parseCertificate));
  if (!certificate || !issuers.every((issuer) => issuer !== undefined)) return undefined;
  return { certificate, issuers };
}

function readCertificate(
  encoded: unknown,
  parse: (der: Uint8Array) => JpkiCertificate,
): JpkiCertificate | undefined {
  const der = typeof encoded === 'string' ? fromBase64(encoded) : undefined;
  return der && orUndefined(() => parse(der));
}

/** Who signed, and whether they did: the key is the certificate's, whatever else the header names. */
export async function judgeSigner(
  { signature, signingInput }: CompactJws,
  hash: HashName,
  { certificate, issuers }: SignerChain,
  rules: Omit<VerifyCertificateOptions, 'issuer'>,
): Promise<{ readonly certificateVerdict: CertificateVerdict; readonly isSigned: boolean }> {
  const [certificateVerdict, isSigned] = await Promise.all([
    verifyCertificate(certificate, { ...rules, issuer: issuers }),
    isSignedBy(certificate, hash, signature, signingInput),
  ]);
  return { certificateVerdict, isSigned };
}

/** The members of a JSON object in UTF-8 without a byte order mark, or what is wrong with it. */
export function readJson(bytes: Uint8Array): ReadonlyMap<string, unknown> | JwsDefect {
  try {
    return readJsonObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return 'malformed';
  }
}

/**
 * Reads one JSON object whose names are all different, also in the objects inside it. JSON.parse takes the last of two
 * equal names and other parsers the first, so a JWS could say one thing here and another elsewhere (RFC 7515 section 10.12).
 *
 * @returns its members, or what is wrong with the text
 */
export function readJsonObject(text: string): ReadonlyMap<string, unknown> | JwsDefect {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed';
  return hasRepeatedName(text) ? 'repeated-name' : new Map(Object.entries(value));
}

/** Strings, and what objects and arrays are made of; everything else is skipped. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** @param json text that JSON.parse took, so that a colon outside of strings always follows a name */
function hasRepeatedName(json: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of json.matchAll(TOKENS)) {
    switch (token) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        // One name has several spellings: "a" and "\u0061".
        const name: string = JSON.parse(last);
        const names = open.at(-1);
        if (names?.has(name)) return true;
        names?.add(name);
        break;
      }
      default:
        last = token;
    }
  }
  return false;
}
