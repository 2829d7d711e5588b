/** Where PINs come from: the terminal, masked, or a file. Every way a subcommand gets at a PIN is here. */
import { CardText } from '../../card-text/index.js';
import {
  changeRegistryPin,
  checkPin,
  HOLDER_PINS,
  type HolderPin,
  type JpkiApplet,
  JpkiError,
  normalizePin,
  type PinCounter,
  pinAdvice,
  type RegistryApplication,
  verifyRegistryPin,
} from '../../index.js';
import { type Context, isInteractive } from '../context.js';
import { usageError } from '../failure.js';
import type { Typed } from '../terminal/keyboard.js';
import { capital, type Progress, paragraph } from '../terminal/screen.js';
import { secretBytes } from '../terminal/secret-input.js';
import { bilingual } from '../text/index.js';
import { readPinFile } from './pin-file.js';

/** A slip that costs no try may be mended this often. */
const ATTEMPTS = 3;

type Places = readonly RegistryApplication[] | undefined;

/** The text of the same card; the applet closes the connection for both. */
async function textOf({ connection }: JpkiApplet): Promise<CardText> {
  return CardText.select(connection);
}

/** Which PINs the file or files hold. */
type Wanted = 'current' | 'current-and-new';
/** Whether the PIN is needed, or may turn out to be. */
type Need = 'always' | 'perhaps' | 'never';

export class PinEntry implements Disposable {
  readonly #context: Context;
  /** From the file; `undefined` where the terminal is asked. */
  readonly #lines: Typed[] | undefined;
  #wasAsked = false;

  private constructor(context: Context, lines: Typed[] | undefined) {
    this.#context = context;
    this.#lines = lines;
  }

  /**
   * Before a card is asked for: reads the PIN file, or takes the terminal, so that a PIN typed too early is not shown.
   */
  static async open(context: Context, wanted: Wanted = 'current', need: Need = 'always'): Promise<PinEntry> {
    const { options, help } = context;
    const path = options.value('pin-file');
    const newPath = options.value('new-pin-file');
    if (path === undefined) {
      if (newPath !== undefined) throw usageError(({ pin }) => pin.newPinFileAlone, ...help);
      const canAsk = isInteractive(context);
      if (need === 'always' && !canAsk) throw usageError(({ pin }) => pin.notInteractive, ...help);
      if (need !== 'never' && canAsk) context.keyboard.open();
      return new PinEntry(context, undefined);
    }
    if (path === '-' && newPath === '-') throw usageError(({ pin }) => pin.oneInput, ...help);
    const lines = await readPinFile(
      path,
      newPath === undefined && wanted === 'current-and-new' ? 2 : 1,
      context,
    );
    const entry = new PinEntry(context, lines);
    try {
      if (newPath !== undefined) lines.push(...(await readPinFile(newPath, 1, context)));
      return entry;
    } catch (error) {
      entry[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const line of this.#lines ?? []) line.fill(0);
  }

  /** Whether a PIN was asked for, on the terminal or of the file. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** Asks for one of the holder's PINs and presents it; that of the resident registry in the places named. */
  async verify(applet: JpkiApplet, role: HolderPin, applications?: Places): Promise<void> {
    const { pin, ...options } = this.asking(role);
    if (role === 'registry') await verifyRegistryPin(applet.connection, pin, { ...options, applications });
    else if (role === 'input-support') await (await textOf(applet)).verifyPin(pin, options);
    else await applet.verifyPin(role, pin, options);
  }

  /** Asks for the current and the new one of the holder's PINs and changes it. */
  async change(applet: JpkiApplet, role: HolderPin, applications?: Places): Promise<void> {
    const { pin, ...options } = this.asking(role, undefined, 'askCurrent');
    const next = () => this.#new(role);
    if (role === 'registry')
      await changeRegistryPin(applet.connection, pin, next, { ...options, applications });
    else if (role === 'input-support') await (await textOf(applet)).changePin(pin, next, options);
    else await applet.changePin(role, pin, next, options);
  }

  /**
   * What an operation needs to ask for the PIN itself. One attempt: a wrong PIN is the caller's error. The counter is shown
   * first, and nobody spends the last try unasked.
   *
   * @param notice what is to be known before the PIN is given
   */
  asking(
    role: HolderPin,
    progress?: Progress,
    question: 'askPin' | 'askCurrent' = 'askPin',
    notice?: string,
  ) {
    const { options, signal } = this.#context;
    let introduced = false;
    const introduce = async (counter: PinCounter) => {
      this.#wasAsked = true;
      progress?.end();
      if (!introduced) await this.#introduce(role, counter, notice);
      introduced = true;
    };
    return {
      pin: async (counter: PinCounter) => {
        await introduce(counter);
        const pin = await this.#enter(role, question);
        progress?.resume();
        return pin;
      },
      allowLastTry: options.has('allow-last-try'),
      confirmLastTry: async (counter: PinCounter) => {
        await introduce(counter);
        return this.#lastTry(counter);
      },
      signal,
    };
  }

  async #introduce(
    role: HolderPin,
    { triesLeft, maxTries }: PinCounter,
    notice: string | undefined,
  ): Promise<void> {
    if (this.#lines !== undefined) return;
    if (!isInteractive(this.#context))
      throw usageError(({ pin }) => pin.notInteractive, ...this.#context.help);
    const { name, form, onScreens } = HOLDER_PINS[role];
    const { err, options, say, texts } = this.#context;
    if (notice !== undefined) err.line(notice);
    err.line(texts.pin.heading(capital(say(name)), say(form)));
    if (onScreens !== undefined) err.line(capital(texts.status.onScreens(onScreens)));
    err.line(texts.pin.triesLeft(triesLeft, maxTries));
    if (!options.has('virtual')) return;
    const { VIRTUAL_PINS } = await import('../../virtual/index.js');
    err.line(texts.pin.ofVirtualCard(VIRTUAL_PINS[role]));
  }

  async #lastTry({ triesLeft, verified }: PinCounter): Promise<boolean> {
    if (this.#lines !== undefined || (triesLeft === undefined && verified)) return false;
    const { keyboard, err, texts } = this.#context;
    err.line(triesLeft === 1 ? texts.pin.lastTry : texts.pin.triesUnknown);
    return keyboard.confirm(texts.pin.reallyLastTry);
  }

  async #new(role: HolderPin): Promise<Uint8Array> {
    if (this.#lines !== undefined) {
      const pin = await this.#enter(role, 'askNext');
      this.#advise(role, pin);
      return pin;
    }
    const { keyboard, err, say, texts } = this.#context;
    err.line(texts.pin.nextForm(say(HOLDER_PINS[role].form)));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pin = await this.#enter(role, 'askNext');
      try {
        const again = await this.#enter(role, 'askNextAgain');
        const same = Buffer.compare(pin, again) === 0;
        again.fill(0);
        // The advice comes last: whoever expects to repeat the PIN would type it at its question.
        if (same && (!this.#advise(role, pin) || (await keyboard.confirm(texts.pin.useAnyway)))) return pin;
        if (!same) err.line(texts.pin.differ);
      } catch (error) {
        pin.fill(0);
        throw error;
      }
      pin.fill(0);
    }
    throw tooOften(role);
  }

  /** Whether there was something to say against the PIN. */
  #advise(role: HolderPin, pin: Uint8Array): boolean {
    const advice = pinAdvice(role, pin);
    if (advice.length === 0) return false;
    const { err, say, texts } = this.#context;
    err.line(texts.pin.advice);
    err.lines(advice.map(({ text }) => paragraph(say(text))));
    return true;
  }

  /**
   * The next line of the file as it is; from the terminal, asked again while it cannot be the PIN. The second entry of a new
   * one is only compared.
   */
  async #enter(role: HolderPin, question: 'askPin' | 'askCurrent' | 'askNext' | 'askNextAgain') {
    const { keyboard, err, say, texts } = this.#context;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const line = this.#lines?.shift();
      const typed = line ?? (await keyboard.ask(texts.pin[question]));
      const { pin, adjusted } = pinOf(role, typed);
      if (question === 'askNextAgain') return pin;
      if (adjusted) err.line(texts.pin.adjusted);
      const problem = line ? undefined : checkPin(role, pin, question === 'askNext' ? 'new' : 'existing');
      if (problem === undefined) return pin;
      pin.fill(0);
      err.line(say(problem.text));
    }
    throw tooOften(role);
  }
}

/**
 * What ends lines or columns, or changes the order of what is seen: two PINs with it between them are not one PIN, and
 * what was read off the screen may not be what is there. In spite of `normalizePin`, which takes it for space.
 */
const NO_SPACE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/u;

/** Stands for any character outside ASCII: in no PIN's alphabet, so that the library refuses it. */
const NOT_ASCII = 0xff;

/** The PIN that was typed, which is wiped, and whether it was brought into the form that a card knows. */
export function pinOf(role: HolderPin, typed: Typed): { pin: Uint8Array; adjusted: boolean } {
  const bytes = secretBytes(typed.length);
  let length = 0;
  let adjusted = false;
  for (const code of typed) {
    const byte = pinByte(role, code);
    adjusted ||= byte !== code && byte !== NOT_ASCII;
    if (byte !== undefined) bytes[length++] = byte;
  }
  typed.fill(0);
  // Not `slice`: its copy would be on the heap of V8. What is behind it was never written.
  return { pin: bytes.subarray(0, length), adjusted };
}

/** The byte of a PIN that a character stands for; none for a space. */
export function pinByte(role: HolderPin, code: number): number | undefined {
  const character = String.fromCodePoint(code);
  // Apart from line ends, it looks at each character by itself, so the parts give what the whole would.
  const kept = NO_SPACE.test(character) ? character : normalizePin(role, character);
  const value = kept.codePointAt(0);
  return value === undefined || value < 0x80 ? value : NOT_ASCII;
}

function tooOften(role: HolderPin): JpkiError {
  return new JpkiError(
    'PIN_FORMAT',
    bilingual(({ pin }) => pin.tooOften),
    { role, argument: 'pin', remedy: bilingual(({ pin }) => pin.again) },
  );
}
