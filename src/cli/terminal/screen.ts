/**
 * Everything the command prints goes through here: no text reaches the terminal with control characters in it, colours
 * are added afterwards and only on a terminal, and lines are broken to its width.
 */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A piece of a line: plain, or with a style. */
export type Segment = string | { readonly text: string; readonly style: Style };

/** One line before it is broken: columns in front of it, and in front of what it is broken into. */
export interface Line {
  readonly indent?: number;
  readonly hang?: number;
  readonly segments: readonly Segment[];
}

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const DEFAULT_COLUMNS = 80;
/** Longer lines are hard to read, however wide the window. */
const MAX_COLUMNS = 100;

export class Screen {
  readonly #output: Output;
  readonly #colours: boolean;
  #broken = false;
  #failure: Error | undefined;
  #transient = false;

  constructor(output: Output, environment: Readonly<Record<string, string | undefined>>) {
    this.#output = output;
    // https://no-color.org: set and not empty. TERM=dumb is a terminal without colours.
    this.#colours = output.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
    // Whatever happens to the output, the command goes on and closes the card.
    output.on('error', (error: NodeJS.ErrnoException) => {
      this.#broken = true;
      // A reader that has seen enough (jpki status | head -1) is no failure.
      this.#failure ??= error.code === 'EPIPE' ? undefined : error;
    });
  }

  /** Waits until everything is written. Gives why it could not be: a full disk, for instance. */
  async settled(): Promise<Error | undefined> {
    if (!this.#broken) await new Promise<void>((resolve) => this.#output.write('', () => resolve()));
    return this.#failure;
  }

  get isTerminal(): boolean {
    return this.#output.isTTY === true;
  }

  line(...segments: readonly Segment[]): void {
    this.lines([{ segments }]);
  }

  lines(lines: readonly Line[]): void {
    for (const line of lines) this.#write(`${this.#wrap(line).join('\n')}\n`);
  }

  /** JSON that no terminal can be steered with: what is invisible is escaped. */
  json(value: unknown): void {
    this.#json(JSON.stringify(value, undefined, 2));
  }

  /** The same in one line, for values that follow each other. */
  jsonLine(value: unknown): void {
    this.#json(JSON.stringify(value));
  }

  #json(text: string): void {
    this.#write(`${text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeJson)}\n`);
  }

  /** As it is: for a file or a program, or what the terminal does while somebody types (`\b`, a mask, the end of the line). */
  raw(content: Uint8Array | string): void {
    this.#write(content);
  }

  /** What stays in one line with what is typed behind it. */
  prompt(text: string): void {
    this.#write(printable(text));
  }

  /** A line that the next output takes the place of; terminals only. */
  transient(text: string): void {
    if (!this.isTerminal) return;
    this.clearTransient();
    // Only one line can be taken back.
    this.#write(cutTo((this.#output.columns || DEFAULT_COLUMNS) - 1, printable(text)));
    this.#transient = true;
  }

  clearTransient(): void {
    if (!this.#transient) return;
    this.#transient = false;
    this.#write('\r\u001b[K');
  }

  #write(content: string | Uint8Array): void {
    if (this.#transient) this.clearTransient();
    if (!this.#broken) this.#output.write(content);
  }

  #wrap({ indent = 0, hang = indent, segments }: Line): string[] {
    const width = this.isTerminal
      ? Math.min(this.#output.columns || DEFAULT_COLUMNS, MAX_COLUMNS)
      : Number.POSITIVE_INFINITY;
    const lines: string[] = [];
    let line = ' '.repeat(indent);
    let column = indent;
    for (const segment of segments) {
      const { text, style } = typeof segment === 'string' ? { text: segment, style: undefined } : segment;
      let run = '';
      for (const piece of pieces(printable(text))) {
        const columns = displayWidth(piece.trimEnd());
        if (column + columns > width && column > hang) {
          lines.push((line + this.#styled(run, style)).trimEnd());
          column = hang;
          line = ' '.repeat(column);
          run = '';
        }
        // A fingerprint is a word of its own: broken by the terminal it could not be copied.
        if (column + columns > width && columns <= width) {
          if (line.trim() + run.trim() !== '') lines.push((line + this.#styled(run, style)).trimEnd());
          column = width - columns;
          line = ' '.repeat(column);
          run = '';
        }
        run += piece;
        column += displayWidth(piece);
      }
      line += this.#styled(run, style);
    }
    lines.push(line.trimEnd());
    return lines;
  }

  #styled(text: string, style: Style | undefined): string {
    if (style === undefined || !this.#colours || text === '') return text;
    return styleText(style, text, { validateStream: false });
  }
}

function escapeJson(character: string): string {
  const units = character.split('');
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

/** Nobody needs to be told of what is over before they wonder. */
const SHOWN_AFTER_MS = 1_000;

/** Says what is going on once it takes longer than a second; on a terminal only, and gone when it is done. */
export class Progress {
  readonly #screen: Screen;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #step = '';
  #shown = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  step(text: string): void {
    this.#step = text;
    if (this.#shown) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), SHOWN_AFTER_MS);
  }

  /** The last step again, after something was asked. */
  resume(): void {
    this.step(this.#step);
  }

  /** Before something is asked or printed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#shown = false;
    this.#screen.clearTransient();
  }

  #show(): void {
    this.#shown = true;
    this.#screen.transient(this.#step);
  }
}

// Blocks of lines.

export const INDENT = 2;
export const BULLET = '- ';

export const BLANK: Line = { segments: [''] };

export function heading(text: string): Line {
  return { segments: [{ text, style: 'bold' }] };
}

/** A heading and what stands under it, behind a blank line. */
export function section(title: string, ...lines: readonly Line[]): Line[] {
  return [BLANK, heading(title), ...lines];
}

export function paragraph(text: Segment, indent = INDENT): Line {
  return { indent, hang: indent, segments: [text] };
}

export function item(marker: string, text: Segment, indent = INDENT): Line {
  return { indent, hang: indent + displayWidth(marker), segments: [marker, text] };
}

/** A label and what it is: one value a line. */
export type Row = readonly [label: string, ...values: Segment[]];

/** Rows with their values in one column; `width` aligns several blocks with each other. */
export function rows(list: readonly Row[], { indent = INDENT, width = labelWidth(list) } = {}): Line[] {
  const hang = indent + width + 2;
  return list.flatMap(([label, ...values]) => {
    // A label that is wider than its column stands on a line of its own.
    const isWide = displayWidth(label) > width;
    const lines = values.map((value, i): Line => {
      const text = i === 0 && !isWide ? label : '';
      return {
        indent,
        hang: typeof value === 'string' && value.startsWith(BULLET) ? hang + BULLET.length : hang,
        segments: [padTo(width + 2, text), value],
      };
    });
    return isWide ? [{ indent, hang: indent, segments: [label] }, ...lines] : lines;
  });
}

export function labelWidth(list: readonly Row[]): number {
  return Math.max(0, ...list.map(([label]) => displayWidth(label)));
}

/** A name at the beginning of a line. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// How text sits on a terminal: its columns, where it may be broken, and what must not reach the terminal.

/** East Asian Wide and Fullwidth (UAX #11), by block: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}/u;

/** Columns that text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!NO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** With spaces behind it up to `width` columns. */
export function padTo(width: number, text: string): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** As much of it as fits into `width` columns. */
export function cutTo(width: number, text: string): string {
  let cut = '';
  for (const character of text) {
    if (displayWidth(cut + character) > width) break;
    cut += character;
  }
  return cut;
}

/** Text that may come from anywhere, with what would steer a terminal or hide in a line spelled out as `\u{...}`. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

/** What a line must not begin with, and what it must not end with (JIS X 4051). */
const CLOSING = /^[\s、。，．・：；！？）」』】〉》ー～々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]/u;
const OPENING = /[（「『【〈《]$/u;

/** The pieces between which a line may be broken: words with the space behind them, and single wide characters. */
export function pieces(text: string): string[] {
  const result: string[] = [];
  let previous = '';
  for (const character of text) {
    const last = result.length - 1;
    const breakable = previous === ' ' || WIDE.test(character) || WIDE.test(previous);
    const kept = CLOSING.test(character) || OPENING.test(previous) || !breakable;
    if (last >= 0 && kept) result[last] += character;
    else result.push(character);
    previous = character;
  }
  return result;
}
