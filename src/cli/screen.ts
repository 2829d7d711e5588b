/**
 * Everything the command prints goes through here: no text reaches the terminal with control characters in it, colours
 * are added afterwards and only on a terminal, and lines are broken to its width.
 */
import type { Writable } from 'node:stream';
import { cutTo, displayWidth, pieces, printable } from './display-width.js';

/** SGR codes (ECMA-48 8.3.117). */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = keyof typeof STYLES;

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
    const text = JSON.stringify(value, undefined, 2);
    this.#write(`${text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeJson)}\n`);
  }

  /** Bytes as they are, for a file or a program. */
  bytes(content: Uint8Array): void {
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

  /** What the terminal does while somebody types: `\b`, a mask, the end of the line. */
  echo(text: string): void {
    this.#write(text);
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
          line = ' '.repeat(hang);
          column = hang;
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
    return `\u001b[${STYLES[style]}m${text}\u001b[0m`;
  }
}

function escapeJson(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++)
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}
