/** From the words of a command line to a subcommand, its options and its operands. */
import { parseArgs } from 'node:util';
import { COMMANDS } from './commands/index.js';
import type { Command } from './context.js';
import { GLOBAL_OPTIONS, isLikePin, OPTIONS, type OptionName, type OptionSpec, Options } from './options.js';
import { type Entry, isLanguage, type Texts } from './text/index.js';

/** Why words cannot be understood. */
export interface WrongWords {
  readonly what: Entry;
  /** The line of the subcommand that comes nearest to what was typed, and the command that shows more. */
  readonly help: Help;
}

type Help = readonly [usage: string, help: string];

export interface Arguments {
  /** `undefined`: none was named. */
  readonly command: Command | undefined;
  /** The words of the command before its operands, as far as they name something: `pin`, or `pin verify`. */
  readonly topic: string | undefined;
  readonly options: Options;
  readonly operands: readonly string[];
  /** What is wrong with it; the rest is filled in as far as it could be understood. */
  readonly error: WrongWords | undefined;
  /** Whether nothing is to be done but to show help or the version. */
  readonly wantsWords: boolean;
}

/** Takes the words apart. A value never enters a message: it may be a PIN. */
export function parseArguments(words: readonly string[]): Arguments {
  const joined = joinStateFile(words);
  const { tokens } = parseArgs({
    args: joined,
    options: PARSER_OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const names = tokens.flatMap((token) => (token.kind === 'positional' ? token.value : []));
  const end = tokens.find((token) => token.kind === 'option-terminator');
  const behindEnd =
    end && tokens.filter(({ kind, index }) => kind === 'positional' && index > end.index).length;
  const values = new Map<OptionName, string[]>();
  // `jpki help status` is `jpki status --help`.
  if (names[0] === 'help') {
    names.shift();
    values.set('help', []);
  }
  const { command, topic, operands } = findCommand(names);
  const positionals = tokens.filter(({ kind }) => kind === 'positional');
  const behindVirtual = positionals
    .slice(positionals.length - operands.length)
    .some(({ index }) => joined[index - 1] === '--virtual');
  let error: WrongWords | undefined;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const wrong = wrongOption(token, joined[token.index]?.replace(/=.*$/s, '') ?? '', command);
    if (wrong === undefined) {
      const name = token.name as OptionName;
      values.set(name, [...(values.get(name) ?? []), ...(token.value === undefined ? [] : [token.value])]);
    } else error ??= { what: wrong, help: nearestHelp(topic) };
  }
  if (!values.has('help') || command === undefined)
    error ??= wrongWords(names, { command, topic, operands }, behindEnd, behindVirtual);
  const options = new Options(values);
  const lang = options.value('lang');
  if (lang !== undefined && !isLanguage(lang))
    error ??= { what: (texts) => texts.arguments.badValue('--lang', 'ja|en'), help: nearestHelp(topic) };
  // `jpki` alone is somebody who wants to see what there is.
  const asks = tokens.length === 0 || options.has('version') || options.has('help');
  const wantsWords = error === undefined && asks;
  return { command, topic, options, operands, error, wantsWords };
}

const PARSER_OPTIONS = Object.fromEntries(
  Object.entries<OptionSpec>(OPTIONS).map(([name, { kind, short }]) => [
    name,
    { type: kind.startsWith('value') ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
  ]),
);

/** parseArgs knows no option whose value may be left out: `--virtual card.json` becomes `--virtual=card.json`. */
function joinStateFile(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    if (joined.at(-1) === '--virtual' && /^[^-].*\.json$/i.test(word)) joined.push(`${joined.pop()}=${word}`);
    else joined.push(word);
  }
  return joined;
}

function findCommand(names: readonly string[]): Pick<Arguments, 'command' | 'topic' | 'operands'> {
  for (const count of [2, 1]) {
    const name = names.slice(0, count).join(' ');
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (command && names.length >= count) return { command, topic: name, operands: names.slice(count) };
  }
  const [first] = names;
  const isGroup = COMMANDS.some(({ name }) => name.startsWith(`${first} `));
  return { command: undefined, topic: isGroup ? first : undefined, operands: names };
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

function wrongOption(
  { name, rawName, value, inlineValue }: Extract<Token, { kind: 'option' }>,
  word: string,
  command: Command | undefined,
): Entry | undefined {
  const known: readonly OptionName[] = command
    ? [...GLOBAL_OPTIONS, ...command.options]
    : [...GLOBAL_OPTIONS, 'version'];
  if (!Object.hasOwn(OPTIONS, name) || !known.includes(name as OptionName)) {
    const owners = COMMANDS.filter(({ options }) => options.some((option) => option === name));
    if (owners.length > 0)
      return (t) =>
        t.arguments.optionOf(
          `--${name}`,
          owners.map(({ name }) => `jpki ${name}`),
        );
    if (/^(pin|pass(word)?|code)/i.test(name)) return (t) => t.arguments.noPinHere;
    // Only a word that can be no PIN is said back.
    const shown = /^--[a-z][a-z-]*$|^-[a-z]$/i.test(word) ? rawName : undefined;
    return (t) => t.arguments.unknownOption(shown, shown && nearest(name, known));
  }
  const { kind }: OptionSpec = OPTIONS[name as OptionName];
  if (kind === 'flag') return inlineValue ? (t) => t.arguments.valueNotTaken(`--${name}`) : undefined;
  if (kind === 'optional')
    return inlineValue && value === '' ? (t) => t.arguments.valueMissing(`--${name}`) : undefined;
  // A word that begins with a hyphen is the next option, not the value; "-" alone is standard input.
  const swallowed = !inlineValue && value !== undefined && /^-./.test(value);
  return value === undefined || value === '' || swallowed
    ? (t) => t.arguments.valueMissing(`--${name}`)
    : undefined;
}

function wrongWords(
  names: readonly string[],
  { command, topic, operands }: ReturnType<typeof findCommand>,
  behindEnd: number | undefined,
  behindVirtual: boolean,
): WrongWords | undefined {
  if (command === undefined) {
    if (names.length === 0 || (topic !== undefined && names.length === 1)) return undefined;
    if (names.some(isLikePin)) return { what: (t) => t.arguments.noPinHere, help: nearestHelp(topic) };
    const meant = topic === undefined ? names[0] : names[1];
    if (meant !== undefined && RESETTING.has(meant))
      return { what: (t) => t.arguments.noReset(meant), help: nearestHelp('recover') };
    const all = COMMANDS.map(({ name }) => name);
    const guess = meant === 'change' ? 'pin change' : nearest(names.slice(0, 2).join(' '), all);
    return { what: (t) => t.arguments.unknownCommand(guess), help: nearestHelp(topic ?? guess) };
  }
  // A command to be run is one whose words are all behind `--`, so that none of its options is taken for one of ours.
  const { operand } = command;
  const expected = operand === 'command' ? (behindEnd ?? 0) : operand === undefined ? 0 : 1;
  if (operands.length === expected && behindEnd !== 0) return undefined;
  const tooMany = operands.length > expected;
  const what = tooMany ? tooManyWords(command, operands, behindVirtual) : operandMissing(command);
  return { what, help: nearestHelp(topic) };
}

/** Words that somebody tries whose PIN is locked. */
const RESETTING: ReadonlySet<string> = new Set(['unlock', 'unblock', 'reset', 'forgot', 'forget', 'locked']);

/** No word is said back: it may be a PIN, or part of one. */
function tooManyWords(
  { operand, options }: Command,
  operands: readonly string[],
  behindVirtual: boolean,
): Entry {
  if (options.includes('pin-file') && operands.some(isLikePin)) return (t) => t.arguments.noPinHere;
  const hints = ({ arguments: texts }: Texts) => [
    ...(behindVirtual ? [texts.virtualFile] : []),
    ...(operand === 'file' ? [texts.quoteSpaces] : []),
  ];
  return (t) => t.arguments.withHints(t.arguments.tooManyWords, hints(t));
}

/** What the word that is missing can be. */
function operandMissing({ name, operand }: Command): Entry {
  if (operand === 'file') return (t) => t.arguments.fileMissing;
  if (name.startsWith('pin ')) return (t) => t.arguments.whichPin;
  if (name.startsWith('cert ')) return (t) => t.arguments.whichCertificate;
  if (operand === undefined || operand === 'command') return (t) => t.arguments.wordMissing;
  return (t) => t.arguments.badOperand(operand.join('|'));
}

/** The usage line to show, and the command that shows more. */
export function nearestHelp(topic: string | undefined): Help {
  const usages = COMMANDS.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  if (topic === undefined || usages.length === 0) return ['jpki COMMAND [OPTIONS]', 'jpki --help'];
  return [usages.map(({ usage }) => usage).join(' | '), `jpki ${topic} --help`];
}

/** The candidate at most two slips of the keyboard away, or the only one that begins so. */
function nearest<Name extends string>(word: string, candidates: readonly Name[]): Name | undefined {
  const begins = candidates.filter((candidate) => word.length >= 2 && candidate.startsWith(word));
  if (begins.length === 1) return begins[0];
  const [best] = candidates
    .map((candidate) => ({ candidate, slips: editDistance(word.slice(0, 40), candidate) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= Math.min(2, best.candidate.length / 2) ? best.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
