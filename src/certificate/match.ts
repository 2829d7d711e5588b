/** Compares what a certificate says of its holder with what somebody typed. */
import { checkString, fieldsOf, integerFrom, listOf, required } from '../arguments.js';
import type { Holder, SubstituteCharacter } from './holder.js';

/** What comparing a typed text with the certificate's came to. */
export interface TextComparison {
  /**
   * `equal` and `different` are certain. `cannot-be-compared`: the certificate has substitute characters, and apart from
   * them the texts agree, so a person has to look.
   */
  readonly result: 'equal' | 'different' | 'cannot-be-compared';
  /** The substitutes that stand in the way; `undefined` when the certificate does not say which characters they are. */
  readonly substitutes: readonly SubstituteCharacter[] | undefined;
}

const checkSubstitutes = listOf(
  fieldsOf<SubstituteCharacter>({
    index: required(integerFrom(0, Number.MAX_SAFE_INTEGER)),
    character: required(checkString),
  }),
);
const checkHolder = fieldsOf<Omit<Holder, 'sex' | 'birthDate'>>({
  name: required(checkString),
  nameSubstitutes: checkSubstitutes,
  address: required(checkString),
  addressSubstitutes: checkSubstitutes,
});

/**
 * Whether a typed name is the holder's. Width, spaces, kinds of hyphen and upper or lower case make no difference.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when there is no holder, or no string
 * @example
 * compareHolderName(holder, '架空花子').result;   // 'equal' for 架空　花子
 */
export function compareHolderName(holder: Holder, typed: string): TextComparison {
  checkHolder('holder', holder);
  return compare(holder.name, holder.nameSubstitutes, typed);
}

/**
 * Whether a typed address is the holder's, as `compareHolderName`. Different spellings of a lot number (１丁目２番３号
 * and 1-2-3) are different texts.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when there is no holder, or no string
 * @example
 * compareHolderAddress(holder, '架空県見本市例示町一丁目2番3号').result;   // 'equal'
 */
export function compareHolderAddress(holder: Holder, typed: string): TextComparison {
  checkHolder('holder', holder);
  return compare(holder.address, holder.addressSubstitutes, typed);
}

/** OBJECT REPLACEMENT CHARACTER: marks a substitute while the certificate's text is normalised. */
const SUBSTITUTE = '\uFFFC';

function compare(
  text: string,
  substitutes: readonly SubstituteCharacter[] | undefined,
  typed: string,
): TextComparison {
  checkString('typed', typed);
  if (!substitutes) return { result: 'cannot-be-compared', substitutes };
  const given = normalise(typed);
  if (substitutes.length === 0)
    return { result: normalise(text) === given ? 'equal' : 'different', substitutes };

  const characters = [...text];
  for (const { index } of substitutes) characters[index] = SUBSTITUTE;
  const segments = normalise(characters.join('')).split(SUBSTITUTE);
  return { result: couldBe(segments, given) ? 'cannot-be-compared' : 'different', substitutes };
}

/** Whether `text` is the segments in order with something typed for the substitute between each two. */
function couldBe(segments: readonly string[], text: string): boolean {
  const first = segments[0] ?? '';
  const last = segments[segments.length - 1] ?? '';
  const gaps = segments.length - 1;
  // A substitute stands for one character, which may be typed as two UTF-16 units and a variation selector of two more.
  const certain = segments.reduce((sum, segment) => sum + segment.length, 0);
  if (text.length < certain + gaps || text.length > certain + 4 * gaps) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length + 1;
  for (const segment of segments.slice(1, -1)) {
    const found = text.indexOf(segment, at);
    if (found < 0) return false;
    at = found + segment.length + 1;
  }
  return at <= text.length - last.length;
}

const HYPHENS = /[\u002D\u2010-\u2015\u2212\uFE58\uFE63]/g;
/** The prolonged sound mark is a hyphen where no kana is before it: 1ー2, but not センター. */
const PROLONGED_AS_HYPHEN = /(?<![\u3041-\u30FF])\u30FC/g;
/** Not normalised: Unicode would turn these ideographs into others that a register tells apart. */
const NOT_COMPATIBILITY_IDEOGRAPHS = /[^\uF900-\uFAFF\u{2F800}-\u{2FA1F}]+/gu;
const WIDTH_FORMS = /[\uFF00-\uFFEF]+/g;

function normalise(text: string): string {
  return text
    .replace(WIDTH_FORMS, (run) => run.normalize('NFKC'))
    .replace(NOT_COMPATIBILITY_IDEOGRAPHS, (run) => run.normalize('NFC'))
    .replace(/\s+/g, '')
    .replace(HYPHENS, '-')
    .replace(PROLONGED_AS_HYPHEN, '-')
    .toUpperCase();
}
