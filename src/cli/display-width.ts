/** How text sits on a terminal: its columns, where it may be broken, and what must not reach the terminal. */

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
