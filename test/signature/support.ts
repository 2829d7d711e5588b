/** A card to sign with, the same keys in software to forge with, and messages that are good but for one thing. */
import { expect } from 'vitest';
import { CMS, HASH_ALGORITHMS, RSA_SIGNATURES } from '../../src/asn1/oid.js';
import { toHex } from '../../src/bytes.js';
import { JpkiCertificate, type TrustAnchor } from '../../src/certificate/index.js';
import type { KeyRole } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/applet.js';
import type { HashName } from '../../src/jpki/hash.js';
import { type CmsVerdict, type VerifyCmsOptions, verifyCms } from '../../src/signature/cms.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { saved } from '../support/issued.js';
import { virtualCard } from '../support/virtual.js';
import * as der from './der-write.js';
import { randomFrom } from './mutations.js';

export const { authority } = saved();
export const card = await virtualCard();

/** A copy of the card, so that tests do not share security status or counters. */
export async function openCard(
  wrap: (connection: CardConnection) => CardConnection = (connection) => connection,
): Promise<JpkiApplet> {
  return JpkiApplet.select(wrap(VirtualCard.fromJSON(card.toJSON()).connect()));
}

/** With both PINs verified. */
export async function unlockedCard(
  wrap?: (connection: CardConnection) => CardConnection,
): Promise<JpkiApplet> {
  const applet = await openCard(wrap);
  await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  await applet.verifyPin('sign', VIRTUAL_PINS.sign);
  return applet;
}

export const anchors: readonly TrustAnchor[] = (['auth', 'sign'] as const).map((purpose) => ({
  name: `virtual ${purpose}`,
  purpose,
  sha256: JpkiCertificate.parse(authority[purpose].certificate).fingerprintSha256,
}));

export interface Signer {
  readonly certificate: Uint8Array;
  readonly ca: Uint8Array;
  /** PKCS#8. */
  readonly privateKey: Uint8Array;
}

const FILES = { auth: ['000a', '0017'], sign: ['0001', '001a'] } as const;

/** What the card's key can do, outside of the card. */
export function signerOf(role: KeyRole, of: VirtualCard = card, ca = authority[role].certificate): Signer {
  const files = of.toJSON().applications.jpki ?? {};
  const [certificate, key] = FILES[role].map((id) => files[id]);
  if (certificate?.kind !== 'binary' || key?.kind !== 'key') throw new Error('the card has no such files');
  const content = Buffer.from(certificate.content, 'base64');
  return {
    certificate: new Uint8Array(content.subarray(0, 4 + content.readUInt16BE(2))),
    ca,
    privateKey: new Uint8Array(Buffer.from(key.pkcs8, 'base64')),
  };
}

export async function rsaSign(signer: Signer, hash: HashName, data: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
  const key = await crypto.subtle.importKey('pkcs8', Buffer.from(signer.privateKey), algorithm, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign(algorithm.name, key, Buffer.from(data)));
}

export const attribute = (type: string, ...values: der.DerPieces[]): der.DerPieces =>
  der.sequence(der.objectIdentifier(type), der.setOf(...values));

export type Attributes = Record<'contentType' | 'messageDigest' | 'signingTime', der.DerPieces[]> & {
  more: der.DerPieces[];
};

/** What a forger may do to one signer; everything left out is as it should be. */
export interface SignerCraft {
  readonly signer?: Signer;
  readonly hash?: HashName;
  readonly digestAlgorithm?: der.DerPieces;
  readonly signatureAlgorithm?: der.DerPieces;
  readonly attributes?: ((attributes: Attributes) => Attributes) | 'none';
  readonly identifier?: der.DerPieces;
  readonly version?: number;
  /** Changes the signature after it was made. */
  readonly signature?: (signature: Uint8Array) => Uint8Array;
  /** Behind the signature, such as unsigned attributes. */
  readonly more?: readonly der.DerPieces[];
  /** What the signature is made over, and how, instead. */
  readonly sign?: (data: Uint8Array) => Promise<Uint8Array>;
}

export interface MessageCraft {
  readonly signers?: readonly SignerCraft[];
  readonly content?: Uint8Array;
  /** What is in the message, when it is not what was signed. */
  readonly attached?: Uint8Array | 'none';
  readonly contentType?: string;
  readonly version?: number;
  readonly certificates?: readonly Uint8Array[];
  /** The hashes the message lists, when they are not those of its signers. */
  readonly digestAlgorithms?: readonly der.DerPieces[];
  /** Behind the certificates, such as revocation lists. */
  readonly more?: readonly der.DerPieces[];
}

export const CONTENT = new TextEncoder().encode('契約書');

export const algorithm = (oid: string, ...parameters: der.DerPieces[]): der.DerPieces =>
  der.sequence(der.objectIdentifier(oid), ...parameters);

/** A CMS message put together by hand, good but for what `craft` says. */
export async function craftCms(craft: MessageCraft = {}): Promise<Uint8Array> {
  const { signers = [{}], content = CONTENT, contentType = CMS.data } = craft;
  const attached = craft.attached ?? content;
  const infos = await Promise.all(signers.map((signer) => craftSigner(signer, content, contentType)));
  const digestAlgorithms = craft.digestAlgorithms ?? signers.map((signer) => digestAlgorithmOf(signer));
  const good = signerOf('sign');
  const certificates = craft.certificates ?? [good.certificate, good.ca];
  const wrapped = attached === 'none' ? [] : [der.explicit(0, der.octetString(attached))];
  const signedData = der.sequence(
    der.positiveInteger(Uint8Array.of(craft.version ?? 1)),
    der.setOf(...digestAlgorithms),
    der.sequence(der.objectIdentifier(contentType), ...wrapped),
    ...(certificates.length > 0 ? [der.implicitSetOf(0, ...certificates.map(der.ready))] : []),
    ...(craft.more ?? []),
    der.setOf(...infos),
  );
  return der.toDer(der.sequence(der.objectIdentifier(CMS.signedData), der.explicit(0, signedData)));
}

const digestAlgorithmOf = ({ digestAlgorithm, hash = 'SHA-256' }: SignerCraft): der.DerPieces =>
  digestAlgorithm ?? algorithm(HASH_ALGORITHMS[hash]);

async function craftSigner(
  craft: SignerCraft,
  content: Uint8Array,
  contentType: string,
): Promise<der.DerPieces> {
  const { signer = signerOf('sign'), hash = 'SHA-256' } = craft;
  const digest = new Uint8Array(await crypto.subtle.digest(hash, Buffer.from(content)));
  const attributes = {
    contentType: [attribute(CMS.contentType, der.objectIdentifier(contentType))],
    messageDigest: [attribute(CMS.messageDigest, der.octetString(digest))],
    signingTime: [attribute(CMS.signingTime, der.time(new Date()))],
    more: [],
  };
  const list =
    craft.attributes === 'none'
      ? undefined
      : Object.values((craft.attributes ?? ((same) => same))(attributes)).flat();
  const signed = list ? der.toDer(der.setOf(...list)) : content;
  const sign = craft.sign ?? ((data: Uint8Array) => rsaSign(signer, hash, data));
  const signature = (craft.signature ?? ((same) => same))(await sign(signed));
  return der.sequence(
    der.positiveInteger(Uint8Array.of(craft.version ?? 1)),
    craft.identifier ?? issuerAndSerialNumber(signer.certificate),
    digestAlgorithmOf(craft),
    ...(list ? [der.implicitSetOf(0, ...list)] : []),
    craft.signatureAlgorithm ?? algorithm(RSA_SIGNATURES[hash], der.nullValue()),
    der.octetString(signature),
    ...(craft.more ?? []),
  );
}

export function issuerAndSerialNumber(certificateDer: Uint8Array): der.DerPieces {
  const { issuer, serialNumber } = JpkiCertificate.parse(certificateDer);
  return der.sequence(
    der.ready(issuer.der),
    der.positiveInteger(new Uint8Array(Buffer.from(serialNumber, 'hex'))),
  );
}

/** One bit of one byte turned over. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const changed = new Uint8Array(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}

/** Where `part` starts in `bytes`. */
export function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(part);
  if (at < 0) throw new Error(`${toHex(part)} is not in it`);
  return at;
}

export const codes = (verdict: { readonly findings: readonly { readonly code: string }[] }): string[] =>
  verdict.findings.map(({ code }) => code);

/** The verdict on a message that is good but for what `craft` says. */
export const verify = async (craft: MessageCraft, options: VerifyCmsOptions = {}): Promise<CmsVerdict> =>
  verifyBothWays(await craftCms(craft), { anchors, ...options });

const nextRandom = randomFrom(7);

/** Chunks of one byte, of some, or of thousands, and empty ones between them. */
export async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const most = [1, 3, 100, 5000][Math.floor(nextRandom() * 4)] ?? 1;
  for (let at = 0; at < bytes.length; ) {
    const length = Math.floor(nextRandom() * (most + 1));
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The verdict on the message as a whole, after seeing that it is the same when the message comes in chunks. */
export async function verifyBothWays(cms: Uint8Array, options: VerifyCmsOptions = {}): Promise<CmsVerdict> {
  const { content } = options;
  // A stream can be read once only.
  const isStream = typeof content === 'object' && content !== null && Symbol.asyncIterator in content;
  const held = isStream ? await gathered(content) : undefined;
  const again = () => ({ at: new Date(), ...options, ...(held && { content: chunks(...held) }) });
  const given = again();
  const whole = verifyCms(cms, given);
  const pieces: Uint8Array[] = [];
  const streamed = verifyCms(inChunks(cms), {
    ...again(),
    at: given.at,
    onContent: (piece) => pieces.push(piece),
  });
  const [expected, actual] = await Promise.allSettled([whole, streamed]);
  if (expected.status === 'rejected') {
    expect(actual).toEqual(expected);
    throw expected.reason;
  }
  const { value } = expected;
  expect(actual).toEqual({
    status: 'fulfilled',
    value: value.valid ? { ...value, content: undefined } : value,
  });
  if (value.valid && value.content) expect(Buffer.concat(pieces)).toEqual(Buffer.from(value.content));
  return value;
}

async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

export const verifySigner = (craft: SignerCraft, options: VerifyCmsOptions = {}): Promise<CmsVerdict> =>
  verify({ signers: [craft] }, options);

export async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(bytes)));
}
