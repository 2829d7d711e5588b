/** Blocks of lines: headings, and rows whose values stand under each other whatever the language. */
import { displayWidth, padTo } from './display-width.js';
import type { Line, Segment } from './screen.js';

export const INDENT = 2;
export const BULLET = '- ';

export const BLANK: Line = { segments: [''] };

export function heading(text: string): Line {
  return { segments: [{ text, style: 'bold' }] };
}

export function paragraph(text: Segment, indent = INDENT): Line {
  return { indent, hang: indent, segments: [text] };
}

export function item(marker: string, text: Segment, indent = INDENT): Line {
  return { indent, hang: indent + displayWidth(marker), segments: [marker, text] };
}

/** A label and what it is: one value a line. */
export interface Row {
  readonly label: string;
  readonly values: readonly Segment[];
}

/** Rows with their values in one column; `width` aligns several blocks with each other. */
export function rows(list: readonly Row[], { indent = INDENT, width = labelWidth(list) } = {}): Line[] {
  const hang = indent + width + 2;
  return list.flatMap(({ label, values }) =>
    values.map((value, i): Line => {
      const text = i === 0 ? label : '';
      return {
        indent,
        hang: typeof value === 'string' && value.startsWith(BULLET) ? hang + BULLET.length : hang,
        // A label may be wider than its column.
        segments: [padTo(Math.max(width, displayWidth(text)) + 2, text), value],
      };
    }),
  );
}

export function labelWidth(list: readonly { readonly label: string }[]): number {
  return Math.max(0, ...list.map(({ label }) => displayWidth(label)));
}
