import { orUndefined } from '../asn1/der.js';
import { concatBytes, equalBytes, fromHex } from '../bytes.js';
import { CommandApdu, INS, SW } from '../iso7816/index.js';
import { AID, type ApplicationName, JPKI_FILE, SIGNATURE_P1 } from '../jpki/files.js';
import { type CardFile, type CardMemory, saveId } from './card-memory.js';
import { isSignatureVariant, pinDigest } from './chip.js';
import { word } from './quirks.js';

/** Data and status word of one answer. */
type Answer = number | { readonly data: Uint8Array; readonly sw: number };

interface FileOfKind<K = CardFile['kind']> {
  readonly id: number;
  readonly file: Extract<CardFile, { kind: K }>;
}

const MAX_PIN_LENGTH = 16;
/** Most random bytes that one GET CHALLENGE gives; the card refuses its extended form [myna-card card.rs]. */
const MAX_CHALLENGE = 256;

/** The GlobalPlatform Issuer Security Domain, which a card with power is in until an application is selected [myna-card mf.rs]. */
const CARD_MANAGER_AID = fromHex('a0000001510000') ?? new Uint8Array(0);
/** The master file of ISO/IEC 7816-4, which this card has not [myna-card mf.rs]. */
const MASTER_FILE = 0x3f00;

/**
 * The card's operating system: what each command does, and the status word with which it is refused. Files, commands
 * and words are those measured on cards [myna-card], and those that programs rely on with one [OpenSC, myna]; where
 * these are silent JICSAP 1.1 and ISO/IEC 7816-4 decide.
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
    if (fails) return word(SW.UNSPECIFIED);
    const refusal = refuseInstruction(bytes);
    if (refusal !== undefined) return word(refusal);
    const command = orUndefined(() => CommandApdu.parse(bytes));
    if (command === undefined) return word(SW.WRONG_LENGTH);
    let answer: Answer;
    try {
      answer = this.#execute(command);
    } finally {
      command.wipe();
    }
    if (typeof answer === 'number') return word(answer);
    if (quirks.getResponse && command.ins !== INS.GET_RESPONSE && answer.data.length > 0) {
      this.#pending = answer;
      return word(announce(answer.data.length));
    }
    return concatBytes(answer.data, word(answer.sw));
  }

  #execute(command: CommandApdu): Answer {
    const { cla, ins } = command;
    if (ins !== INS.GET_RESPONSE) this.#pending = undefined;
    if (cla === 0x80) {
      if (ins === INS.COMPUTE_DIGITAL_SIGNATURE) return this.#sign(command);
      return ins === INS.CHANGE_KEY ? this.#changeKey(command) : SW.CLA_UNSUPPORTED;
    }
    if (cla !== 0x00) return refuseClass(cla, ins);
    switch (ins) {
      case INS.SELECT:
        return this.#select(command);
      case INS.READ_BINARY:
        return this.#readBinary(command);
      case INS.READ_RECORD:
        return this.#readRecord(command);
      case INS.VERIFY:
        return this.#verify(command);
      case INS.CHANGE_REFERENCE_DATA:
        return this.#change(command);
      case INS.GET_CHALLENGE:
        return getChallenge(command);
      case INS.GET_RESPONSE:
        return this.#getResponse(command);
      default:
        return SW.INS_UNSUPPORTED;
    }
  }

  #select(command: CommandApdu): Answer {
    const { p1, p2, data } = command;
    if (p1 === 0x04) return this.#selectByName(command);
    if (p1 === 0x00) return this.#selectMasterFile(command);
    if (p1 !== 0x02 || p2 !== 0x0c) return SW.WRONG_P1_P2;
    if (data.length !== 2) return SW.WRONG_LENGTH;
    const id = fileId(data);
    if (this.#file(id) === undefined) return this.#memory.quirks.selectRefusal;
    this.#currentFile = id;
    return SW.DONE;
  }

  /** P2 = 00 asks for an FCI and 0C for none; cards answer 9000 to both [myna-card fuzz_card.rs]. */
  #selectByName({ p2, data, le }: CommandApdu): Answer {
    if (p2 !== 0x0c && p2 !== 0x00) return SW.WRONG_P1_P2;
    const { applications, quirks } = this.#memory;
    const names = [...applications.keys()].filter((name) => !quirks.absentApplications.includes(name));
    // JICSAP 4.2 (1): the beginning of a name selects the first application whose name begins so [myna-card card.rs].
    const name = names.find((candidate) => beginsWith(AID[candidate], data));
    if (name === undefined && !beginsWith(CARD_MANAGER_AID, data)) return quirks.selectRefusal;
    this.#application = name;
    this.#currentFile = undefined;
    if (quirks.selectClearsStatus) this.#verified.clear();
    if (!quirks.fci || p2 !== 0x00 || le === undefined) return SW.DONE;
    const fci = fileControlInformation(name === undefined ? CARD_MANAGER_AID : AID[name]);
    return le < fci.length ? wrongLe(fci.length) : { data: fci, sw: SW.DONE };
  }

  /**
   * 00 A4 00 00 is SELECT of the master file in JICSAP 6.4.8 (3). Measured: 6A86 after a cold reset, 9000 and no change
   * at all within an application, and 6A82 to its identifier 3F00 [myna-card card.rs].
   */
  #selectMasterFile({ p2, data }: CommandApdu): Answer {
    if (p2 !== 0x0c && p2 !== 0x00) return SW.WRONG_P1_P2;
    if (data.length === 0) return this.#application === undefined ? SW.WRONG_P1_P2 : SW.DONE;
    return data.length === 2 && fileId(data) === MASTER_FILE ? SW.FILE_NOT_FOUND : SW.WRONG_P1_P2;
  }

  #readBinary({ p1, p2, data, le }: CommandApdu): Answer {
    if (data.length > 0 || le === undefined) return SW.WRONG_LENGTH;
    const byShortId = (p1 & 0x80) !== 0;
    if (byShortId && (p1 & 0x60) !== 0) return SW.WRONG_P1_P2;
    const target = this.#find(byShortId ? p1 & 0x1f : undefined, SW.FILE_NOT_FOUND);
    if (typeof target === 'number') return target;
    const { id, file } = target;
    if (file.kind !== 'binary') return SW.INCOMPATIBLE_FILE;
    const pins = [...file.pins, ...this.#authCertificatePins(id)];
    if (pins.length > 0 && !pins.some((pin) => this.#isVerified(pin)))
      return SW.SECURITY_STATUS_NOT_SATISFIED;
    this.#currentFile = id;
    const offset = byShortId ? p2 : (p1 << 8) | p2;
    const content = this.#content(id, file.content);
    if (offset >= content.length) return SW.WRONG_OFFSET;
    return this.#slice(content, offset, le);
  }

  #content(id: number, content: Uint8Array): Uint8Array {
    const { tokenInfoLength } = this.#memory.quirks;
    const isIt = this.#application === 'jpki' && id === JPKI_FILE.tokenInfo;
    if (!isIt || content.length <= tokenInfoLength) return content;
    const label = content.slice(0, tokenInfoLength);
    return label.fill(0x00, label.findLastIndex((byte) => byte !== 0x20) + 1);
  }

  #authCertificatePins(id: number): number[] {
    const isIt = this.#application === 'jpki' && id === JPKI_FILE.authCertificate;
    return isIt && this.#memory.quirks.authCertificateNeedsPin ? [JPKI_FILE.authPin] : [];
  }

  /** READ RECORD by number: P2 names a file by its short identifier, or the current one, and ends in 100 (JICSAP 6.4.4). */
  #readRecord({ p1, p2, data, le }: CommandApdu): Answer {
    if (data.length > 0 || le === undefined) return SW.WRONG_LENGTH;
    if ((p2 & 0x07) !== 0x04) return SW.WRONG_P1_P2;
    const target = this.#find(p2 >> 3 || undefined, SW.FILE_NOT_FOUND);
    if (typeof target === 'number') return target;
    if (target.file.kind !== 'records') return SW.INCOMPATIBLE_FILE;
    this.#currentFile = target.id;
    const record = target.file.records[p1 - 1];
    return record === undefined ? SW.RECORD_NOT_FOUND : this.#slice(record, 0, le);
  }

  #slice(content: Uint8Array, offset: number, le: number): Answer {
    const { endOfFile, maxRead } = this.#memory.quirks;
    const rest = content.length - offset;
    const data = content.slice(offset, offset + Math.min(le, rest, maxRead));
    if (le <= rest || endOfFile === 'shorter') return { data, sw: SW.DONE };
    if (endOfFile === SW.END_OF_FILE) return { data, sw: data.length < rest ? SW.DONE : SW.END_OF_FILE };
    if (endOfFile === SW.WRONG_LENGTH) return endOfFile;
    // One byte cannot correct an extended Le to more than 256.
    return rest > 256 ? { data, sw: SW.DONE } : wrongLe(rest);
  }

  #verify({ p1, p2, data }: CommandApdu): Answer {
    const { quirks } = this.#memory;
    if (p1 !== 0x00) return SW.WRONG_P1_P2;
    const target = this.#referenced(p2, 'pin');
    if (typeof target === 'number') return target;
    const { id, file } = target;
    const counter = (): number => (quirks.pinCounter ? 0x63c0 | file.triesLeft : SW.WRONG_PIN_NO_COUNTER);
    if (data.length === 0) {
      if (file.triesLeft === 0) return quirks.lockedQuery;
      return this.#isVerified(id) && quirks.verifiedQuery === 0x9000 ? SW.DONE : counter();
    }
    if (data.length > MAX_PIN_LENGTH) return SW.WRONG_LENGTH;
    if (file.triesLeft === 0) return quirks.lockedVerify;
    if (equalBytes(pinDigest(file.salt, data), file.digest)) {
      file.triesLeft = file.maxTries;
      this.#verified.add(this.#key(id));
      return SW.DONE;
    }
    file.triesLeft--;
    this.#verified.delete(this.#key(id));
    return counter();
  }

  #change({ p1, p2, data }: CommandApdu): Answer {
    if (p1 !== 0x01) return SW.WRONG_P1_P2;
    if (p2 !== 0x80 && !this.#memory.quirks.changeByShortId) return SW.WRONG_P1_P2;
    if (this.#changesByKey) return SW.CONDITIONS_NOT_SATISFIED;
    return this.#replace(p2, data);
  }

  /** CHANGE KEY of JICSAP, in the one form that was seen: P1 00, the current file [myna-card card.rs]. */
  #changeKey({ p1, p2, data }: CommandApdu): Answer {
    if (p1 !== 0x00 || p2 !== 0x80) return SW.WRONG_P1_P2;
    if (!this.#changesByKey) return SW.CONDITIONS_NOT_SATISFIED;
    return this.#replace(p2, data);
  }

  /**
   * The two references of the resident registry PIN are changed with CHANGE KEY, all others with CHANGE REFERENCE DATA
   * [myna-card]. What a card says to the other command is in no source.
   */
  get #changesByKey(): boolean {
    return this.#application === 'registry' || this.#application === 'common';
  }

  #replace(p2: number, data: Uint8Array): Answer {
    const target = this.#referenced(p2, 'pin');
    if (typeof target === 'number') return target;
    if (data.length < 1 || data.length > MAX_PIN_LENGTH) return SW.WRONG_LENGTH;
    if (!this.#isVerified(target.id)) return SW.SECURITY_STATUS_NOT_SATISFIED;
    if (!this.#fitsPin(target.id, data)) return SW.WRONG_DATA;
    target.file.salt = crypto.getRandomValues(new Uint8Array(16));
    target.file.digest = pinDigest(target.file.salt, data);
    return SW.DONE;
  }

  /** The card enforces the format of each PIN: capitals and digits in the signature PIN, digits in all others [myna-card jpki.rs]. */
  #fitsPin(id: number, value: Uint8Array): boolean {
    const letters = this.#application === 'jpki' && id === JPKI_FILE.signPin;
    return value.every((byte) => (byte >= 0x30 && byte <= 0x39) || (letters && byte >= 0x41 && byte <= 0x5a));
  }

  #sign({ p1, p2, data, le }: CommandApdu): Answer {
    if (!isSignatureVariant(p1)) return SW.WRONG_P1_P2;
    if (p1 !== SIGNATURE_P1.PAD_ONLY && !this.#memory.quirks.cardSideHashing) return SW.WRONG_P1_P2;
    const target = this.#referenced(p2, 'key');
    if (typeof target === 'number') return target;
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
  #referenced<K extends 'pin' | 'key'>(p2: number, kind: K): FileOfKind<K> | number {
    if ((p2 & 0xe0) !== 0x80) return SW.WRONG_P1_P2;
    const shortId = p2 & 0x1f;
    const target = this.#find(shortId || undefined, SW.REFERENCE_NOT_FOUND);
    if (typeof target === 'number') return target;
    if (target.file.kind !== kind) return shortId === 0 ? SW.INCOMPATIBLE_FILE : SW.REFERENCE_NOT_FOUND;
    // A command with a short identifier selects the file and acts on it (JICSAP 4.2 (2)) [myna-card card.rs].
    this.#currentFile = target.id;
    return { id: target.id, file: target.file as FileOfKind<K>['file'] };
  }

  /** The file of a short identifier, or the current one where there is none; else the word that refuses it. */
  #find(shortId: number | undefined, absent: number): FileOfKind | number {
    const { shortIds } = this.#memory.quirks;
    if (shortId !== undefined && shortIds !== true) return shortIds;
    const id = shortId ?? this.#currentFile;
    if (id === undefined) return SW.NO_CURRENT_FILE;
    const file = this.#file(id);
    return file === undefined ? absent : { id, file };
  }

  #file(id: number): CardFile | undefined {
    const application = this.#application;
    if (application === undefined) return undefined;
    const { applications, quirks } = this.#memory;
    if (quirks.absentFiles.includes(`${application}/${saveId(id)}`)) return undefined;
    return applications.get(application)?.get(id);
  }

  #key(pin: number): string {
    return `${this.#application}/${pin}`;
  }

  #isVerified(pin: number): boolean {
    return this.#verified.has(this.#key(pin));
  }
}

/** 1 to 256 random bytes, with and without an application [myna-card card.rs]. */
function getChallenge({ p1, p2, data, le, extended }: CommandApdu): Answer {
  if (p1 !== 0x00 || p2 !== 0x00) return SW.WRONG_P1_P2;
  if (data.length > 0 || le === undefined) return SW.WRONG_LENGTH;
  if (extended || le > MAX_CHALLENGE) return SW.CONDITIONS_NOT_SATISFIED;
  return { data: crypto.getRandomValues(new Uint8Array(le)), sw: SW.DONE };
}

/** ISO/IEC 7816-4 5.4.2: 6X and 9X are no instructions, because T=0 would take them for procedure bytes. */
function refuseInstruction([cla, ins]: Uint8Array): number | undefined {
  if (cla === undefined || ins === undefined || (ins >> 4 !== 0x6 && ins >> 4 !== 0x9)) return undefined;
  return cla === 0x00 || cla === 0x80 ? SW.INS_UNSUPPORTED : refuseClass(cla, ins);
}

/**
 * Why a class byte is refused, ISO/IEC 7816-4 5.4.1: 000c ssll, or 01sc llll for logical channels 4 to 19. Secure
 * messaging is refused with 6882 to SELECT, but as lacking its session to READ BINARY and VERIFY [myna-card README].
 */
function refuseClass(cla: number, ins: number): number {
  const first = cla < 0x20;
  if (!first && (cla & 0xc0) !== 0x40) return SW.CLA_UNSUPPORTED;
  if ((cla & (first ? 0x0c : 0x20)) !== 0)
    return ins === INS.READ_BINARY || ins === INS.VERIFY
      ? SW.NO_SECURE_MESSAGING_SESSION
      : SW.SECURE_MESSAGING_UNSUPPORTED;
  if (!first || (cla & 0x03) !== 0) return SW.LOGICAL_CHANNEL_UNSUPPORTED;
  return SW.CHAINING_UNSUPPORTED;
}

function fileId(data: Uint8Array): number {
  return ((data[0] ?? 0) << 8) | (data[1] ?? 0);
}

function beginsWith(name: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.length > 0 && beginning.every((byte, i) => byte === name[i]);
}

/** ISO/IEC 7816-4 table 10: the template 6F with the name (84) of what was selected. No trace shows what else a card says. */
function fileControlInformation(name: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x6f, name.length + 2, 0x84, name.length), name);
}

/** 6Cxx, where 00 stands for 256 bytes. */
function wrongLe(length: number): number {
  return 0x6c00 | (length & 0xff);
}

/** 61xx, where 00 stands for 256 bytes or more. */
function announce(length: number): number {
  return 0x6100 | (length >= 256 ? 0 : length);
}
