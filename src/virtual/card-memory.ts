import { fromBase64, toBase64 } from '../bytes.js';
import { JpkiError } from '../errors.js';
import { AID, type ApplicationName } from '../jpki/files.js';
import { PIN_DIGEST_LENGTH, pinDigest, SignatureKey } from './chip.js';
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

export function pinFile(pin: string, maxTries: number): PinFile {
  const salt = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return {
    kind: 'pin',
    maxTries,
    salt,
    digest: pinDigest(salt, new TextEncoder().encode(pin)),
    triesLeft: maxTries,
  };
}

export function keyFile(pkcs8: Uint8Array, pin: number): CardFile {
  return { kind: 'key', pkcs8, key: new SignatureKey(pkcs8), pin };
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
    case 'binary':
      return {
        kind: 'binary',
        content: toBase64(file.content),
        ...(file.pin === undefined ? {} : { pin: file.pin }),
      };
    case 'key':
      return { kind: 'key', pkcs8: toBase64(file.pkcs8), pin: file.pin };
    case 'pin':
      return {
        kind: 'pin',
        maxTries: file.maxTries,
        salt: toBase64(file.salt),
        digest: toBase64(file.digest),
        triesLeft: file.triesLeft,
      };
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
      return {
        kind: 'pin',
        maxTries,
        triesLeft: integer(file['triesLeft'], id, 0, maxTries),
        salt: bytes(file['salt'], id),
        digest: bytes(file['digest'], id, PIN_DIGEST_LENGTH),
      };
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

function saveId(id: number): string {
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
