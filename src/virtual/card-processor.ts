import { equalBytes } from '../bytes.js';
import { JpkiError } from '../errors.js';
import { CommandApdu, INS, SW } from '../iso7816/index.js';
import { AID, type ApplicationName, JPKI_FILE, SIGNATURE_P1 } from '../jpki/files.js';
import type { CardFile, CardMemory } from './card-memory.js';
import { isSignatureVariant, pinDigest, pinMatches } from './crypto-chip.js';

/** Data and status word of one answer. */
type Answer = number | { readonly data: Uint8Array; readonly sw: number };

const MAX_PIN_LENGTH = 16;

/**
 * The card's operating system: what each command does, and the status word with which it is refused. Files, commands
 * and words are card.md sections 1 to 5; where those are silent ISO/IEC 7816-4 decides.
 */
export class CardProcessor {
  readonly #memory: CardMemory;
  #application: ApplicationName | undefined;
  #currentFile: number | undefined;
  /** PINs verified since power-up, as application and file. */
  readonly #verified = new Set<string>();
  #awaitsFirstCommand = true;
  /** What GET RESPONSE fetches, and the status word that follows its last byte. */
  #pending: { readonly data: Uint8Array; readonly sw: number } | undefined;

  constructor(memory: CardMemory) {
    this.#memory = memory;
  }

  powerOff(): void {
    this.#verified.clear();
    this.#awaitsFirstCommand = true;
    this.reset();
  }

  /** A warm reset forgets what is selected, not what was verified [myna-card]. */
  reset(): void {
    this.#application = undefined;
    this.#currentFile = undefined;
    this.#pending = undefined;
  }

  process(bytes: Uint8Array): Uint8Array {
    const { quirks } = this.#memory;
    const fails = quirks.firstCommandFails && this.#awaitsFirstCommand;
    this.#awaitsFirstCommand = false;
    if (fails) return encode(SW.UNSPECIFIED);
    let command: CommandApdu;
    try {
      command = CommandApdu.parse(bytes);
    } catch (error) {
      if (error instanceof JpkiError) return encode(SW.WRONG_LENGTH);
      throw error;
    }
    if (command.extended && !quirks.extendedLength) return encode(SW.WRONG_LENGTH);
    let answer: Answer;
    try {
      answer = this.#execute(command);
    } finally {
      command.wipe();
    }
    if (typeof answer === 'number') return encode(answer);
    if (quirks.getResponse && command.ins !== INS.GET_RESPONSE && answer.data.length > 0) {
      this.#pending = answer;
      return encode(announce(answer.data.length));
    }
    return encode(answer.sw, answer.data);
  }

  #execute(command: CommandApdu): Answer {
    const { cla, ins } = command;
    if (ins !== INS.GET_RESPONSE) this.#pending = undefined;
    if (cla === 0x80) {
      return ins === INS.COMPUTE_DIGITAL_SIGNATURE ? this.#sign(command) : SW.CLA_UNSUPPORTED;
    }
    if (cla !== 0x00) return refuseClass(cla);
    switch (ins) {
      case INS.SELECT:
        return this.#select(command);
      case INS.READ_BINARY:
        return this.#readBinary(command);
      case INS.VERIFY:
        return this.#verify(command);
      case INS.CHANGE_REFERENCE_DATA:
        return this.#change(command);
      case INS.GET_RESPONSE:
        return this.#getResponse(command);
      default:
        return SW.INS_UNSUPPORTED;
    }
  }

  #select({ p1, p2, data }: CommandApdu): Answer {
    if (p2 !== 0x0c) return SW.WRONG_P1_P2;
    if (p1 === 0x04) {
      const names = [...this.#memory.applications.keys()];
      const name = names.find((candidate) => equalBytes(AID[candidate], data));
      if (name === undefined || this.#memory.quirks.absentApplications.includes(name))
        return SW.FILE_NOT_FOUND;
      this.#application = name;
      this.#currentFile = undefined;
      return SW.DONE;
    }
    if (p1 !== 0x02) return SW.WRONG_P1_P2;
    if (data.length !== 2) return SW.WRONG_LENGTH;
    const id = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
    if (this.#file(id) === undefined) return SW.FILE_NOT_FOUND;
    this.#currentFile = id;
    return SW.DONE;
  }

  #readBinary({ p1, p2, data, le }: CommandApdu): Answer {
    if (data.length > 0 || le === undefined) return SW.WRONG_LENGTH;
    const byShortId = (p1 & 0x80) !== 0;
    if (byShortId && (p1 & 0x60) !== 0) return SW.WRONG_P1_P2;
    const id = byShortId ? this.#shortId(p1 & 0x1f, SW.FILE_NOT_FOUND) : this.#current();
    if (id.refused !== undefined) return id.refused;
    const file = this.#file(id.file);
    if (file?.kind !== 'binary') return SW.INCOMPATIBLE_FILE;
    const pin = file.pin ?? this.#authCertificatePin(id.file);
    if (pin !== undefined && !this.#isVerified(pin)) return SW.SECURITY_STATUS_NOT_SATISFIED;
    this.#currentFile = id.file;
    const offset = byShortId ? p2 : (p1 << 8) | p2;
    if (offset >= file.content.length) return SW.WRONG_OFFSET;
    return this.#slice(file.content, offset, le);
  }

  #authCertificatePin(id: number): number | undefined {
    const isIt = this.#application === 'jpki' && id === JPKI_FILE.authCertificate;
    return isIt && this.#memory.quirks.authCertificateNeedsPin ? JPKI_FILE.authPin : undefined;
  }

  #slice(content: Uint8Array, offset: number, le: number): Answer {
    const { endOfFile, maxRead } = this.#memory.quirks;
    const rest = content.length - offset;
    const data = content.slice(offset, offset + Math.min(le, rest, maxRead));
    if (le <= rest || endOfFile === 'shorter') return { data, sw: SW.DONE };
    if (endOfFile === SW.END_OF_FILE) return { data, sw: data.length < rest ? SW.DONE : SW.END_OF_FILE };
    // One byte cannot correct an extended Le to more than 256.
    return rest > 256 ? { data, sw: SW.DONE } : wrongLe(rest);
  }

  #verify({ p1, p2, data, le }: CommandApdu): Answer {
    const { quirks } = this.#memory;
    if (p1 !== 0x00) return SW.WRONG_P1_P2;
    if (data.length === 0 && le === undefined && !quirks.fourByteVerify) return SW.WRONG_LENGTH;
    const target = this.#referenced(p2, 'pin');
    if (target.refused !== undefined) return target.refused;
    const { id, file } = target;
    const counter = quirks.pinCounter ? 0x63c0 | file.triesLeft : SW.WRONG_PIN_NO_COUNTER;
    if (data.length === 0) {
      if (file.triesLeft === 0) return quirks.lockedQuery;
      return this.#isVerified(id) && quirks.verifiedQuery === 0x9000 ? SW.DONE : counter;
    }
    if (data.length > MAX_PIN_LENGTH) return SW.WRONG_LENGTH;
    if (file.triesLeft === 0) return quirks.lockedVerify;
    if (pinMatches(file.salt, file.digest, data)) {
      file.triesLeft = file.maxTries;
      this.#verified.add(this.#key(id));
      return SW.DONE;
    }
    file.triesLeft--;
    this.#verified.delete(this.#key(id));
    return quirks.pinCounter ? 0x63c0 | file.triesLeft : SW.WRONG_PIN_NO_COUNTER;
  }

  #change({ p1, p2, data }: CommandApdu): Answer {
    if (p1 !== 0x01) return SW.WRONG_P1_P2;
    if (p2 !== 0x80 && !this.#memory.quirks.changeByShortId) return SW.WRONG_P1_P2;
    const target = this.#referenced(p2, 'pin');
    if (target.refused !== undefined) return target.refused;
    if (data.length < 1 || data.length > MAX_PIN_LENGTH) return SW.WRONG_LENGTH;
    if (!this.#isVerified(target.id)) return SW.SECURITY_STATUS_NOT_SATISFIED;
    target.file.salt = globalThis.crypto.getRandomValues(new Uint8Array(16));
    target.file.digest = pinDigest(target.file.salt, data);
    return SW.DONE;
  }

  #sign({ p1, p2, data, le }: CommandApdu): Answer {
    if (!isSignatureVariant(p1)) return SW.WRONG_P1_P2;
    if (p1 !== SIGNATURE_P1.PAD_ONLY && !this.#memory.quirks.cardSideHashing) return SW.WRONG_P1_P2;
    const target = this.#referenced(p2, 'key');
    if (target.refused !== undefined) return target.refused;
    if (data.length === 0 || le === undefined) return SW.WRONG_LENGTH;
    if (!this.#isVerified(target.file.pin)) return SW.SECURITY_STATUS_NOT_SATISFIED;
    const signature = target.file.key.sign(p1, data);
    if (signature === 'length') return SW.CONDITIONS_NOT_SATISFIED;
    // No answer is longer than its Le: 6Cxx names the right one.
    return le < signature.length ? wrongLe(signature.length) : { data: signature, sw: SW.DONE };
  }

  #getResponse({ p1, p2, data: sent, le }: CommandApdu): Answer {
    if (p1 !== 0 || p2 !== 0) return SW.WRONG_P1_P2;
    if (sent.length > 0 || le === undefined) return SW.WRONG_LENGTH;
    const pending = this.#pending;
    if (pending === undefined) return SW.CONDITIONS_NOT_SATISFIED;
    const data = pending.data.slice(0, le);
    const rest = pending.data.slice(le);
    this.#pending = rest.length > 0 ? { data: rest, sw: pending.sw } : undefined;
    return { data, sw: rest.length > 0 ? announce(rest.length) : pending.sw };
  }

  /** The PIN or key that P2 names: bit 8 set, then the short identifier, or zero for the current file. */
  #referenced<K extends 'pin' | 'key'>(
    p2: number,
    kind: K,
  ): { refused: number } | { refused: undefined; id: number; file: Extract<CardFile, { kind: K }> } {
    if ((p2 & 0xe0) !== 0x80) return { refused: SW.WRONG_P1_P2 };
    const shortId = p2 & 0x1f;
    const id = shortId === 0 ? this.#current() : this.#shortId(shortId, SW.REFERENCE_NOT_FOUND);
    if (id.refused !== undefined) return { refused: id.refused };
    const file = this.#file(id.file);
    if (file?.kind !== kind)
      return { refused: shortId === 0 ? SW.INCOMPATIBLE_FILE : SW.REFERENCE_NOT_FOUND };
    return { refused: undefined, id: id.file, file: file as Extract<CardFile, { kind: K }> };
  }

  #current(): { refused: number } | { refused: undefined; file: number } {
    return this.#currentFile === undefined
      ? { refused: SW.NO_CURRENT_FILE }
      : { refused: undefined, file: this.#currentFile };
  }

  #shortId(shortId: number, absent: number): { refused: number } | { refused: undefined; file: number } {
    const { shortIds } = this.#memory.quirks;
    if (shortIds !== true) return { refused: shortIds };
    return this.#file(shortId) === undefined ? { refused: absent } : { refused: undefined, file: shortId };
  }

  #file(id: number): CardFile | undefined {
    return this.#application && this.#memory.applications.get(this.#application)?.get(id);
  }

  #key(pin: number): string {
    return `${this.#application}/${pin}`;
  }

  #isVerified(pin: number): boolean {
    return this.#verified.has(this.#key(pin));
  }
}

/** Why a class byte is refused, ISO/IEC 7816-4 5.4.1: 000c ssll, or 01sc llll for logical channels 4 to 19. */
function refuseClass(cla: number): number {
  const first = cla < 0x20;
  if (!first && (cla & 0xc0) !== 0x40) return SW.CLA_UNSUPPORTED;
  if ((cla & (first ? 0x0c : 0x20)) !== 0) return SW.SECURE_MESSAGING_UNSUPPORTED;
  if (!first || (cla & 0x03) !== 0) return SW.LOGICAL_CHANNEL_UNSUPPORTED;
  return SW.CHAINING_UNSUPPORTED;
}

/** 6Cxx, where 00 stands for 256 bytes. */
function wrongLe(length: number): number {
  return 0x6c00 | (length & 0xff);
}

/** 61xx, where 00 stands for 256 bytes or more. */
function announce(length: number): number {
  return 0x6100 | (length >= 256 ? 0 : length);
}

function encode(sw: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(data.length + 2);
  bytes.set(data);
  bytes[data.length] = sw >> 8;
  bytes[data.length + 1] = sw & 0xff;
  return bytes;
}
