/** What a virtual card remembers without power: what a new one holds, and how it is saved and loaded. */
import { integerFrom, type SomeOf } from '../arguments.js';
import { fromBase64, fromHex, toBase64 } from '../bytes.js';
import { JpkiError } from '../errors.js';
import {
  AID,
  type ApplicationName,
  CARD_RECORD_FILE,
  CERTIFICATE_PRESENT,
  JPKI_FILE,
  OTHER_PINS,
  type OtherApplicationName,
  PIN_PLACE,
  type PinPlace,
  REGISTRY_PLACE,
  TEXT_FILE,
  TOKEN_LABEL,
} from '../jpki/files.js';
import { PIN_RULES } from '../jpki/pin.js';
import { PIN_DIGEST_LENGTH, pinDigest, SignatureKey } from './chip.js';
import type { IssuedCredentials } from './issuance.js';
import { quirksFrom, type VirtualCardQuirks } from './quirks.js';
import {
  cardRecord,
  checkNumberBOf,
  loadIssuer,
  saveIssuer,
  type TextIssuer,
  type TextIssuerState,
  textContents,
} from './text-files.js';

/** A file of a virtual card. `pins` are the reference data files that protect it: each of them opens it, none leaves it free. */
export type CardFile =
  | { readonly kind: 'binary'; readonly content: Uint8Array; readonly pins: readonly number[] }
  | { readonly kind: 'records'; readonly records: readonly Uint8Array[] }
  | { readonly kind: 'key'; readonly pkcs8: Uint8Array; readonly key: SignatureKey; readonly pin: number }
  | {
      readonly kind: 'pin';
      readonly maxTries: number;
      salt: Uint8Array;
      digest: Uint8Array;
      triesLeft: number;
    };

export type PinFile = Extract<CardFile, { kind: 'pin' }>;

/** Everything that outlives a power-off. */
export interface CardMemory {
  readonly atr: Uint8Array;
  readonly quirks: VirtualCardQuirks;
  readonly applications: ReadonlyMap<ApplicationName, ReadonlyMap<number, CardFile>>;
  /** Whose signature is on the text; `undefined` on a card without text. */
  readonly textIssuer: TextIssuer | undefined;
}

/** Contact ATR of an Individual Number Card [OpenSC]. */
const ATR = fromHex('3be000ff8131fe4514') ?? new Uint8Array(0);

/**
 * The PINs of a virtual card that was issued without others: public, and worth nothing on any real card.
 * `registry` and `input-support` are the other two that a holder sets.
 */
export const VIRTUAL_PINS = {
  auth: '1234',
  sign: 'VIRTUAL1',
  registry: '1234',
  'input-support': '1234',
} as const;

/** A PIN that a holder sets: those of the two keys, and of the resident registry and the card input support. */
export type VirtualPin = keyof typeof VIRTUAL_PINS;

/** What holds the keys: a card, the older 住民基本台帳カード, or a phone that stands in for one. */
export type VirtualToken = 'card' | 'older-card' | 'android' | 'iphone';

/** Labels of the token information file [myna, myna-card]. */
export const TOKEN_LABELS: Readonly<Record<VirtualToken, string>> = {
  card: TOKEN_LABEL.card,
  'older-card': TOKEN_LABEL['juki-card'],
  android: TOKEN_LABEL.android,
  iphone: TOKEN_LABEL.iphone,
};

const DEFAULT_FILLER = { byte: 0xff, fileLength: 2048 } as const;

/** What a new card is given besides keys and certificates. */
interface NewCard {
  readonly pins: Readonly<Record<VirtualPin, string>>;
  readonly token?: VirtualToken;
  readonly filler?: { readonly byte: number; readonly fileLength: number };
}

export function newMemory(
  credentials: IssuedCredentials,
  card: NewCard,
  quirks: VirtualCardQuirks,
): CardMemory {
  const applications = new Map<ApplicationName, Map<number, CardFile>>([
    ['jpki', jpkiFiles(credentials, card)],
    ...otherApplications(credentials, card),
  ]);
  return { atr: ATR, quirks, applications, textIssuer: credentials.text.authority.issuer };
}

const free = (content: Uint8Array): CardFile => ({ kind: 'binary', content, pins: [] });

function jpkiFiles(
  { certificates, privateKeys }: IssuedCredentials,
  { pins, token = 'card', filler = DEFAULT_FILLER }: NewCard,
): Map<number, CardFile> {
  const certificate = (der: Uint8Array | undefined, pin?: number): CardFile => {
    const content = new Uint8Array(Math.max(der?.length ?? 0, filler.fileLength)).fill(filler.byte);
    if (der !== undefined) content.set(der);
    return { kind: 'binary', content, pins: pin === undefined ? [] : [pin] };
  };
  const present = (der: Uint8Array | undefined): number => (der === undefined ? 0x00 : CERTIFICATE_PRESENT);
  const availability = Uint8Array.of(present(certificates.sign), present(certificates.auth), 0x00);
  const files = new Map<number, CardFile>([
    [JPKI_FILE.signCertificate, certificate(certificates.sign, JPKI_FILE.signPin)],
    [JPKI_FILE.signCaCertificate, certificate(certificates['sign-ca'])],
    [JPKI_FILE.tokenInfo, free(tokenInfo(TOKEN_LABELS[token]))],
    [JPKI_FILE.certificateAvailability, free(availability)],
    [JPKI_FILE.authCertificate, certificate(certificates.auth)],
    [JPKI_FILE.authCaCertificate, certificate(certificates['auth-ca'])],
    [JPKI_FILE.authKey, keyFile(privateKeys.auth, JPKI_FILE.authPin)],
    [JPKI_FILE.authPin, pinFile(pins.auth, PIN_RULES.auth.maxTries)],
    [JPKI_FILE.signPin, pinFile(pins.sign, PIN_RULES.sign.maxTries)],
  ]);
  if (privateKeys.sign !== undefined) {
    files.set(JPKI_FILE.signKey, keyFile(privateKeys.sign, JPKI_FILE.signPin));
  }
  return files;
}

/** A PIN, or a check number of the card input support application, which is read off the face of the card. */
export type VirtualReference = VirtualPin | 'check-number-a' | 'check-number-b';

/** Where the reference data of each are; one PIN of the holder is in two applications [myna-card]. */
const PIN_PLACES: Readonly<Record<VirtualReference, readonly PinPlace[]>> = {
  auth: [PIN_PLACE.auth],
  sign: [PIN_PLACE.sign],
  registry: [REGISTRY_PLACE.registry, REGISTRY_PLACE.common],
  'input-support': [PIN_PLACE['input-support']],
  'check-number-a': [PIN_PLACE['check-number-a']],
  'check-number-b': [PIN_PLACE['check-number-b']],
};

export const VIRTUAL_REFERENCES = Object.keys(PIN_PLACES) as VirtualReference[];

export function pinFiles({ applications }: CardMemory, name: VirtualReference): PinFile[] {
  return PIN_PLACES[name].flatMap(({ application, file: id }) => {
    const file = applications.get(application)?.get(id);
    return file?.kind === 'pin' ? [file] : [];
  });
}

/** The same memory, with other counters. */
export function withTriesLeft(
  memory: CardMemory,
  triesLeft: SomeOf<Record<VirtualReference, number>> = {},
): CardMemory {
  for (const name of VIRTUAL_REFERENCES) {
    const tries = triesLeft[name];
    if (tries === undefined) continue;
    for (const file of pinFiles(memory, name)) {
      // A saved state may say another maximum than a new card has.
      integerFrom(0, file.maxTries)(`triesLeft.${name}`, tries);
      file.triesLeft = tries;
    }
  }
  return memory;
}

/** Where no source gives the number of tries. */
export const ASSUMED_TRIES = 10;
/** A reference of the card input support application that is locked on every card seen, and guards nothing known [myna-card text.rs]. */
const BLOCKED_REFERENCE = 0x0012;
/** A file of it whose meaning is not known: sixteen FF [myna-card text.rs]. */
const UNKNOWN_FILE = 0x0008;

function otherApplications(
  credentials: IssuedCredentials,
  { pins, token }: NewCard,
): [ApplicationName, Map<number, CardFile>][] {
  const { holder, details } = credentials.text;
  const numberA = details.myNumber;
  const numberB = checkNumberBOf(holder, details);
  const references: Readonly<Record<OtherApplicationName, Readonly<Record<number, string>>>> = {
    registry: { [REGISTRY_PLACE.registry.file]: pins.registry },
    // One PIN of the holder is in two applications [myna-card].
    common: { [REGISTRY_PLACE.common.file]: pins.registry },
    'input-support': {
      [TEXT_FILE.pin]: pins['input-support'],
      [TEXT_FILE.checkNumberA]: numberA,
      [TEXT_FILE.checkNumberB]: numberB,
    },
    // The birth date is the beginning of check number B [myna-card].
    'surface-check': { [0x0013]: numberA, [0x0012]: numberB, [0x0011]: numberB.slice(0, 6) },
  };
  const applications = Object.entries(OTHER_PINS).map(
    ([key, list]): [OtherApplicationName, Map<number, CardFile>] => {
      const name = key as OtherApplicationName;
      const files = list.map(({ file, maxTries }): [number, CardFile] => [
        file,
        pinFile(references[name][file] ?? '', maxTries ?? ASSUMED_TRIES),
      ]);
      return [name, new Map(files)];
    },
  );
  const filesOf = new Map(applications);
  filesOf.get('input-support')?.set(BLOCKED_REFERENCE, {
    ...pinFile('000000', ASSUMED_TRIES),
    triesLeft: 0,
  });
  // The 住民基本台帳カード had other applications, of which nothing is known here.
  if (token !== 'older-card') {
    for (const [id, file] of textFiles(credentials)) filesOf.get('input-support')?.set(id, file);
    filesOf.get('common')?.set(CARD_RECORD_FILE, { kind: 'records', records: [cardRecord(details)] });
  }
  return applications;
}

/** Which PIN or check number opens which file, as measured [myna-card text.rs]. */
function textFiles({ text }: IssuedCredentials): [number, CardFile][] {
  const { pin, checkNumberA, checkNumberB } = TEXT_FILE;
  const contents = textContents(text.holder, text.details, text.authority);
  const behind = (content: Uint8Array, ...pins: number[]): CardFile => ({ kind: 'binary', content, pins });
  return [
    [TEXT_FILE.myNumber, behind(contents.myNumber, pin, checkNumberA)],
    [TEXT_FILE.attributes, behind(contents.attributes, pin, checkNumberB)],
    [TEXT_FILE.proof, behind(contents.proof, pin, checkNumberA, checkNumberB)],
    [TEXT_FILE.certificate, free(contents.certificate)],
    [TEXT_FILE.basicInformation, free(contents.basicInformation)],
    [UNKNOWN_FILE, free(new Uint8Array(16).fill(0xff))],
  ];
}

/** File 0006 with the values of an observed card, but no card's serial number [myna-card]. */
function tokenInfo(label: string): Uint8Array {
  const text = (value: string, length: number): Uint8Array =>
    new TextEncoder().encode(value.padEnd(length, ' '));
  const UNAVAILABLE = 0xffffffff;
  // flags, max sessions, sessions, max rw, rw, max PIN length, min PIN length, four memory figures
  const numbers = [0x040d, 1, 0, 1, 0, 16, 6, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE];
  const file = new Uint8Array(160);
  file.set(text(label, 32), 0);
  file.set(text('', 32), 32);
  file.set(text('E16R01NJ', 16), 64);
  file.set(text('0000000000000000', 16), 80);
  const view = new DataView(file.buffer);
  for (const [i, number] of numbers.entries()) view.setUint32(96 + 4 * i, number);
  file.set(text('0301', 4), 140);
  file.set(text('9'.repeat(16), 16), 144);
  return file;
}

function pinFile(pin: string, maxTries: number): PinFile {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const digest = pinDigest(salt, new TextEncoder().encode(pin));
  return { kind: 'pin', maxTries, salt, digest, triesLeft: maxTries };
}

function keyFile(pkcs8: Uint8Array, pin: number): CardFile {
  return { kind: 'key', pkcs8, key: new SignatureKey(pkcs8), pin };
}

/** A record is named by one byte, 01 to FE (JICSAP 6.4.4). */
const MAX_RECORDS = 254;

type FileState =
  | { kind: 'binary'; content: string; pin?: number | number[] }
  | { kind: 'records'; records: string[] }
  | { kind: 'key'; pkcs8: string; pin: number }
  | { kind: 'pin'; maxTries: number; salt: string; digest: string; triesLeft: number };

/**
 * A virtual card as JSON: bytes in base64, files by their identifier in hexadecimal. PINs are there as salted SHA-256
 * only; the private keys are there as they are, so it is a card for tests and nothing else.
 */
export interface VirtualCardState {
  readonly format: 'jpki-card-virtual';
  readonly version: 1;
  readonly atr: string;
  readonly quirks: Partial<VirtualCardQuirks>;
  readonly applications: Readonly<Partial<Record<ApplicationName, Readonly<Record<string, FileState>>>>>;
  /** Whose signature is on the text. */
  readonly textIssuer?: TextIssuerState;
}

export function saveMemory(memory: CardMemory): VirtualCardState {
  const applications: Partial<Record<ApplicationName, Record<string, FileState>>> = {};
  for (const [name, files] of memory.applications) {
    applications[name] = Object.fromEntries([...files].map(([id, file]) => [saveId(id), saveFile(file)]));
  }
  return {
    format: 'jpki-card-virtual',
    version: 1,
    atr: toBase64(memory.atr),
    quirks: structuredClone(memory.quirks),
    applications,
    ...(memory.textIssuer && { textIssuer: saveIssuer(memory.textIssuer) }),
  };
}

function saveFile(file: CardFile): FileState {
  switch (file.kind) {
    case 'binary': {
      const content = toBase64(file.content);
      const [pin, ...others] = file.pins;
      if (pin === undefined) return { kind: 'binary', content };
      return { kind: 'binary', content, pin: others.length === 0 ? pin : [...file.pins] };
    }
    case 'records':
      return { kind: 'records', records: file.records.map(toBase64) };
    case 'key':
      return { kind: 'key', pkcs8: toBase64(file.pkcs8), pin: file.pin };
    case 'pin':
      return { ...file, salt: toBase64(file.salt), digest: toBase64(file.digest) };
  }
}

/** @throws JpkiError `INVALID_ARGUMENT` naming what is wrong with the state */
export function loadMemory(state: unknown): CardMemory {
  const root = record(state, 'state');
  if (root['format'] !== 'jpki-card-virtual' || root['version'] !== 1) {
    throw refuse('it is not a version 1 state of a virtual card');
  }
  const quirks = quirksFrom(record(root['quirks'] ?? {}, 'quirks'));
  const applications = new Map<ApplicationName, Map<number, CardFile>>();
  for (const [name, files] of Object.entries(record(root['applications'], 'applications'))) {
    if (!Object.hasOwn(AID, name)) throw refuse(`there is no application ${name}`);
    const entries = Object.entries(record(files, name));
    const loaded = new Map(entries.map(([id, file]) => [fileId(id), loadFile(record(file, id), id)]));
    for (const [id, file] of loaded) {
      if (guardsOf(file).some((guard) => loaded.get(guard)?.kind !== 'pin')) {
        throw refuse(`what protects file ${saveId(id)} is no PIN`);
      }
    }
    applications.set(name as ApplicationName, loaded);
  }
  const atr = bytes(root['atr'], 'atr');
  if (atr.length < 2 || atr.length > 33) throw refuse('an ATR has 2 to 33 bytes');
  const issuer = root['textIssuer'];
  const textIssuer = issuer === undefined ? undefined : loadIssuer(record(issuer, 'textIssuer'));
  if (issuer !== undefined && textIssuer === undefined) throw refuse('textIssuer is no key');
  return { atr, quirks, applications, textIssuer };
}

/** The PINs of which one has to be verified before a file is used. */
function guardsOf(file: CardFile): readonly number[] {
  if (file.kind === 'binary') return file.pins;
  return file.kind === 'key' ? [file.pin] : [];
}

function loadFile(file: Record<string, unknown>, id: string): CardFile {
  switch (file['kind']) {
    case 'binary': {
      const { pin = [] } = file;
      const pins = (Array.isArray(pin) ? pin : [pin]).map((guard) => integer(guard, id, 0, 0xffff));
      return { kind: 'binary', content: bytes(file['content'], id), pins };
    }
    case 'records': {
      const { records } = file;
      if (!Array.isArray(records) || records.length > MAX_RECORDS) throw refuse(`file ${id} has no records`);
      return { kind: 'records', records: records.map((one) => bytes(one, id)) };
    }
    case 'key': {
      const [pkcs8, pin] = [bytes(file['pkcs8'], id), integer(file['pin'], id, 0, 0xffff)];
      try {
        return keyFile(pkcs8, pin);
      } catch {
        throw refuse(`file ${id} holds no RSA private key`);
      }
    }
    case 'pin': {
      const maxTries = integer(file['maxTries'], id, 1, 15);
      const triesLeft = integer(file['triesLeft'], id, 0, maxTries);
      const salt = bytes(file['salt'], id);
      return { kind: 'pin', maxTries, salt, digest: bytes(file['digest'], id, PIN_DIGEST_LENGTH), triesLeft };
    }
    default:
      throw refuse(`file ${id} is of no known kind`);
  }
}

function refuse(reason: string): JpkiError {
  return new JpkiError('INVALID_ARGUMENT', `The state of the virtual card cannot be used: ${reason}.`);
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(`${name} is no object`);
  return value as Record<string, unknown>;
}

/** As in a saved state and in a quirk. */
export function saveId(id: number): string {
  return id.toString(16).padStart(4, '0');
}

function fileId(id: string): number {
  if (!/^[0-9a-f]{4}$/.test(id)) throw refuse('a file identifier is four hexadecimal digits');
  return Number.parseInt(id, 16);
}

function bytes(value: unknown, name: string, length?: number): Uint8Array {
  const decoded = typeof value === 'string' ? fromBase64(value) : undefined;
  if (decoded === undefined) throw refuse(`${name} is not base64`);
  if (length !== undefined && decoded.length !== length) throw refuse(`${name} is not ${length} bytes long`);
  return decoded;
}

function integer(value: unknown, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) {
    throw refuse(`a number of ${name} is not between ${min} and ${max}`);
  }
  return Number(value);
}
