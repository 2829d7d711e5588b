/** What is said about a command line that cannot be understood. Names options and commands, never values. */
import type { BilingualText } from '../errors.js';

export const ARGUMENT_TEXTS = {
  unknownOption: (option: string | undefined, guess: string | undefined): BilingualText => ({
    en: `Unknown option${option === undefined ? '' : ` ${option}`}.${guess === undefined ? '' : ` Did you mean --${guess}?`}`,
    ja: `オプション${option === undefined ? '' : ` ${option} `}は使えません。${guess === undefined ? '' : `--${guess} ではありませんか。`}`,
  }),
  noPinHere: {
    en: 'A PIN is never taken from the command line, where other users and the shell history see it. It is asked for on the terminal, or read with --pin-file.',
    ja: '暗証番号はコマンドラインでは受け取りません（他の利用者やシェルの履歴に見えてしまうため）。端末で入力するか、--pin-file で指定してください。',
  },
  valueMissing: (option: string): BilingualText => ({
    en: `The option ${option} needs a value.`,
    ja: `オプション ${option} には値が必要です。`,
  }),
  valueNotTaken: (option: string): BilingualText => ({
    en: `The option ${option} takes no value.`,
    ja: `オプション ${option} に値は付けられません。`,
  }),
  badValue: (option: string, allowed: string): BilingualText => ({
    en: `The option ${option} takes ${allowed}.`,
    ja: `${option} の値は ${allowed} で指定してください。`,
  }),
  badOperand: (allowed: string): BilingualText => ({
    en: `Say which one: ${allowed}.`,
    ja: `対象を ${allowed} で指定してください。`,
  }),
  unknownCommand: (guess: string | undefined): BilingualText => ({
    en: `There is no such command.${guess === undefined ? '' : ` Did you mean "jpki ${guess}"?`}`,
    ja: `そのようなコマンドはありません。${guess === undefined ? '' : `「jpki ${guess}」ではありませんか。`}`,
  }),
  commandMissing: { en: 'Say what to do: no command was given.', ja: 'コマンドを指定してください。' },
  tooManyWords: { en: 'There are more words than this command takes.', ja: '余分な引数があります。' },
  wordMissing: { en: 'Something is missing.', ja: '引数が足りません。' },
  optionMissing: (option: string): BilingualText => ({
    en: `The option ${option} is needed.`,
    ja: `オプション ${option} が必要です。`,
  }),
  notTogether: (first: string, second: string): BilingualText => ({
    en: `${first} and ${second} cannot be given together.`,
    ja: `${first} と ${second} は同時に指定できません。`,
  }),
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
