/** What a virtual card remembers without power: what a new one holds, and how it is saved and loaded. */
import { integerFrom, type SomeOf } from '../arguments.js';
import { fromBase64, fromHex, toBase64 } from '../bytes.js';
import { JpkiError } from '../errors.js';
import {
  AID,
  type ApplicationName,
  CERTIFICATE_PRESENT,
  JPKI_FILE,
  OTHER_PINS,
  type OtherApplicationName,
  PIN_FILE,
  TOKEN_LABEL,
} from '../jpki/files.js';
import { PIN_RULES } from '../jpki/pin.js';
import { PIN_DIGEST_LENGTH, pinDigest, SignatureKey } from './chip.js';
import type { IssuedCredentials } from './issuance.js';
import { quirksFrom, type VirtualCardQuirks } from './quirks.js';

/** A file of a virtual card. `pin` is the reference data file that protects it. */
export type CardFile =
  | { readonly kind: 'binary'; readonly content: Uint8Array; readonly pin: number | undefined }
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
    ...otherApplications(card.pins),
  ]);
  return { atr: ATR, quirks, applications };
}

function jpkiFiles(
  { certificates, privateKeys }: IssuedCredentials,
  { pins, token = 'card', filler = DEFAULT_FILLER }: NewCard,
): Map<number, CardFile> {
  const certificate = (der: Uint8Array | undefined, pin?: number): CardFile => {
    const content = new Uint8Array(Math.max(der?.length ?? 0, filler.fileLength)).fill(filler.byte);
    if (der !== undefined) content.set(der);
    return { kind: 'binary', content, pin };
  };
  const free = (content: Uint8Array): CardFile => ({ kind: 'binary', content, pin: undefined });
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

export const VIRTUAL_PIN_NAMES = Object.keys(VIRTUAL_PINS) as VirtualPin[];

/** Where the reference data of each PIN are; one PIN of the holder is in two applications [myna-card]. */
const PIN_PLACES: Readonly<Record<VirtualPin, readonly (readonly [ApplicationName, number])[]>> = {
  auth: [['jpki', PIN_FILE.auth]],
  sign: [['jpki', PIN_FILE.sign]],
  registry: [holderPin('registry'), holderPin('common')],
  'input-support': [holderPin('input-support')],
};

function holderPin(application: OtherApplicationName): readonly [ApplicationName, number] {
  const pin = OTHER_PINS[application].find(({ setByHolder }) => setByHolder);
  return [application, pin?.file ?? 0];
}

export function pinFiles({ applications }: CardMemory, name: VirtualPin): PinFile[] {
  return PIN_PLACES[name].flatMap(([application, id]) => {
    const file = applications.get(application)?.get(id);
    return file?.kind === 'pin' ? [file] : [];
  });
}

/** The same memory, with other counters. */
export function withTriesLeft(
  memory: CardMemory,
  triesLeft: SomeOf<Record<VirtualPin, number>> = {},
): CardMemory {
  for (const name of VIRTUAL_PIN_NAMES) {
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
const ASSUMED_TRIES = 10;
/** A reference of the card input support application that is locked on every card seen, and guards nothing known [myna-card text.rs]. */
const BLOCKED_REFERENCE = 0x0012;

function otherApplications(pins: NewCard['pins']): [ApplicationName, Map<number, CardFile>][] {
  // One PIN of the holder is in two applications [myna-card].
  const values: Readonly<Record<string, string | undefined>> = { ...pins, common: pins.registry };
  return Object.entries(OTHER_PINS).map(([name, list]) => {
    const files = new Map(
      list.map(({ file, setByHolder, maxTries }): [number, CardFile] => [
        file,
        // The check numbers of a real card are printed on it; zeros are on none.
        pinFile((setByHolder ? values[name] : undefined) ?? '000000', maxTries ?? ASSUMED_TRIES),
      ]),
    );
    if (name === 'input-support')
      files.set(BLOCKED_REFERENCE, { ...pinFile('000000', ASSUMED_TRIES), triesLeft: 0 });
    return [name as ApplicationName, files];
  });
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

type FileState =
  | { kind: 'binary'; content: string; pin?: number }
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
  };
}

function saveFile(file: CardFile): FileState {
  switch (file.kind) {
    case 'binary': {
      const content = toBase64(file.content);
      return { kind: 'binary', content, ...(file.pin === undefined ? {} : { pin: file.pin }) };
    }
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
      const guard = file.kind === 'pin' ? undefined : file.pin;
      if (guard !== undefined && loaded.get(guard)?.kind !== 'pin') {
        throw refuse(`what protects file ${saveId(id)} is no PIN`);
      }
    }
    applications.set(name as ApplicationName, loaded);
  }
  const atr = bytes(root['atr'], 'atr');
  if (atr.length < 2 || atr.length > 33) throw refuse('an ATR has 2 to 33 bytes');
  return { atr, quirks, applications };
}

function loadFile(file: Record<string, unknown>, id: string): CardFile {
  switch (file['kind']) {
    case 'binary': {
      const pin = file['pin'] === undefined ? undefined : integer(file['pin'], id, 0, 0xffff);
      return { kind: 'binary', content: bytes(file['content'], id), pin };
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
