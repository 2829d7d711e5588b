/** Where PINs come from: the terminal, masked, or a file. Every way a subcommand gets at a PIN is here. */
import { equalBytes, wipe } from '../bytes.js';
import { type BilingualText, JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { checkNewPin, encodePin } from '../jpki/pin.js';
import { pinAdvice } from '../jpki/pin-advice.js';
import type { PinCounter } from '../jpki/pin-counter.js';
import { HOLDER_PINS } from '../recovery/facts.js';
import { say } from '../text/index.js';
import type { Context } from './context.js';
import { CliFailure, messageOf, usageError } from './failure.js';
import { answerOf } from './keyboard.js';
import { paragraph } from './layout.js';
import { type PinText, pinText, readPinFile } from './pin-text.js';
import { PIN_TEXTS as TEXT } from './texts-pin.js';

/** A slip that costs no try may be mended this often. */
const ATTEMPTS = 3;

/** Whether somebody sits there to be asked. */
export function isInteractive({ input, out, err }: Context): boolean {
  return input.isTTY === true && out.isTerminal && err.isTerminal;
}

const YES = ['yes', 'はい'];

function isYes(answer: readonly string[]): boolean {
  const characters = answer.filter((character) => character !== ' ');
  return YES.some((word) => word.length === characters.length && characters.every((c, i) => c === word[i]));
}

/** A question that is answered with yes or anything else, where no PIN is asked for beside it. */
export async function askYes({ keyboard, say }: Context, question: BilingualText): Promise<boolean> {
  return isYes(answerOf(await keyboard.ask(say(question))));
}

/** Which PINs the file or files hold. */
type Wanted = 'current' | 'current-and-new';
/** Whether the PIN is needed, or may turn out to be. */
type Need = 'always' | 'perhaps' | 'never';

export class PinEntry implements Disposable {
  readonly #context: Context;
  /** From the file; `undefined` where the terminal is asked. */
  readonly #lines: Uint32Array[] | undefined;

  private constructor(context: Context, lines: Uint32Array[] | undefined) {
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
      if (newPath !== undefined) throw usageError(TEXT.newPinFileAlone, ...help);
      const canAsk = isInteractive(context);
      if (need === 'always' && !canAsk) throw usageError(TEXT.notInteractive, ...help);
      if (need !== 'never' && canAsk) context.keyboard.open();
      return new PinEntry(context, undefined);
    }
    if (path === '-' && newPath === '-') throw usageError(TEXT.oneInput, ...help);
    const lines = await readLines(
      path,
      newPath === undefined && wanted === 'current-and-new' ? 2 : 1,
      context,
    );
    const entry = new PinEntry(context, lines);
    try {
      if (newPath !== undefined) lines.push(...(await readLines(newPath, 1, context)));
      return entry;
    } catch (error) {
      entry[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const line of this.#lines ?? []) line.fill(0);
  }

  /** Asks for the PIN of a role and presents it. One attempt: a wrong PIN is the caller's error. */
  async verify(applet: JpkiApplet, role: KeyRole): Promise<void> {
    const allowLastTry = await this.#begin(applet, role);
    const pin = await this.#existing(role, TEXT.askPin);
    await applet.verifyPin(role, pin, { allowLastTry, signal: this.#context.signal });
  }

  /** Asks something else on the same keyboard: nothing that is typed between two questions is shown. */
  confirms(question: BilingualText): Promise<boolean> {
    return this.#yes(question);
  }

  /** Asks for the current and the new PIN of a role and changes it. */
  async change(applet: JpkiApplet, role: KeyRole): Promise<void> {
    const allowLastTry = await this.#begin(applet, role);
    const current = await this.#existing(role, TEXT.askCurrent);
    try {
      const next = await this.#new(role);
      await applet.changePin(role, current, next, { allowLastTry, signal: this.#context.signal });
    } finally {
      wipe(current);
    }
  }

  /** Shows the counter, and lets nobody spend the last try unasked. Gives whether it may be spent. */
  async #begin(applet: JpkiApplet, role: KeyRole): Promise<boolean> {
    const counter = await applet.readPinCounter(role);
    if (counter.locked) throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0 });
    const allowed = this.#context.options.has('allow-last-try');
    if (this.#lines !== undefined) return allowed;
    if (!isInteractive(this.#context)) throw usageError(TEXT.notInteractive, ...this.#context.help);
    const { name, form } = HOLDER_PINS[role];
    this.#note(TEXT.heading(name, form));
    this.#note(TEXT.triesLeft(counter.triesLeft, counter.maxTries));
    return allowed || this.#lastTry(counter);
  }

  async #lastTry({ role, triesLeft, verified }: PinCounter): Promise<boolean> {
    if (triesLeft !== 1 && (triesLeft !== undefined || verified)) return false;
    this.#note(triesLeft === 1 ? TEXT.lastTry : TEXT.triesUnknown);
    if (await this.#yes(TEXT.reallyLastTry)) return true;
    const message = triesLeft === undefined ? say((t) => t.pin.counterUnknown) : undefined;
    throw new JpkiError('PIN_LAST_TRY', message, { role, triesLeft });
  }

  #existing(role: KeyRole, question: BilingualText): Promise<Uint8Array> {
    return this.#entered(role, question, (bytes) => wipe(encodePin(role, bytes)));
  }

  async #new(role: KeyRole): Promise<Uint8Array> {
    if (this.#lines !== undefined) {
      const pin = await this.#entered(role, TEXT.askNext, () => undefined);
      this.#advise(role, pin);
      return pin;
    }
    this.#note(TEXT.nextForm(HOLDER_PINS[role].form));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pin = await this.#entered(role, TEXT.askNext, (bytes) => checkNew(role, bytes));
      try {
        const again = pinText(role, await this.#ask(TEXT.askNextAgain)).bytes;
        const same = equalBytes(pin, again);
        wipe(again);
        // The advice comes last: whoever expects to repeat the PIN would type it at its question.
        if (same && (await this.#adviceTaken(role, pin))) return pin;
        if (!same) this.#note(TEXT.differ);
      } catch (error) {
        wipe(pin);
        throw error;
      }
      wipe(pin);
    }
    throw tooOften(role);
  }

  /** Whether the holder keeps the PIN, weak or not. */
  async #adviceTaken(role: KeyRole, pin: Uint8Array): Promise<boolean> {
    return !this.#advise(role, pin) || this.#yes(TEXT.useAnyway);
  }

  /** Whether there was something to say against the PIN. */
  #advise(role: KeyRole, pin: Uint8Array): boolean {
    const advice = pinAdvice(role, pin);
    if (advice.length === 0) return false;
    const { err, say } = this.#context;
    this.#note(TEXT.advice);
    err.lines(advice.map(({ text }) => paragraph(say(text))));
    return true;
  }

  /** The next line of the file as it is; from the terminal, asked again while `check` says it cannot be a PIN. */
  async #entered(
    role: KeyRole,
    question: BilingualText,
    check: (pin: Uint8Array) => void,
  ): Promise<Uint8Array> {
    const line = this.#lines?.shift();
    if (line !== undefined) return this.#told(pinText(role, line));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const pin = this.#told(pinText(role, await this.#ask(question)));
      try {
        check(pin);
        return pin;
      } catch (error) {
        wipe(pin);
        if (!(error instanceof JpkiError)) throw error;
        this.#note(messageOf(error));
      }
    }
    throw tooOften(role);
  }

  #told({ bytes, adjusted }: PinText): Uint8Array {
    if (adjusted) this.#note(TEXT.adjusted);
    return bytes;
  }

  async #yes(question: BilingualText): Promise<boolean> {
    return isYes(answerOf(await this.#ask(question)));
  }

  #ask(question: BilingualText): Promise<Uint32Array> {
    return this.#context.keyboard.ask(this.#context.say(question));
  }

  #note(text: BilingualText): void {
    this.#context.err.line(this.#context.say(text));
  }
}

async function readLines(path: string, count: number, context: Context): Promise<Uint32Array[]> {
  const lines = await readPinFile(path, context);
  if (lines.length === count) return lines;
  for (const line of lines) line.fill(0);
  throw new CliFailure('FILE', TEXT.fileLines(count), TEXT.fileRemedy);
}

function checkNew(role: KeyRole, pin: Uint8Array): void {
  const bytes = encodePin(role, pin);
  try {
    checkNewPin(role, bytes);
  } finally {
    wipe(bytes);
  }
}

function tooOften(role: KeyRole): JpkiError {
  return new JpkiError('PIN_FORMAT', TEXT.tooOften, { role, argument: 'pin', remedy: TEXT.again });
}
