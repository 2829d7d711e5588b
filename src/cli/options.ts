/** Every option of the command, whatever subcommand takes it: one name means one thing everywhere. What each does is in `text/`. */
export interface OptionSpec {
  /** `optional`: with or without a value. `values`: may be given several times. */
  readonly kind: 'flag' | 'value' | 'values' | 'optional';
  /** What the help shows for the value. */
  readonly placeholder?: string;
  readonly short?: string;
}

export const OPTIONS = {
  reader: { kind: 'value', placeholder: 'NAME' },
  'allow-remote': { kind: 'value', placeholder: 'ADDRESS' },
  virtual: { kind: 'optional', placeholder: 'FILE.json' },
  timeout: { kind: 'value', placeholder: 'SECONDS' },
  json: { kind: 'flag' },
  lang: { kind: 'value', placeholder: 'ja|en' },
  debug: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
  version: { kind: 'flag' },

  'all-pins': { kind: 'flag' },
  watch: { kind: 'flag' },
  'short-reads': { kind: 'flag' },
  'pin-file': { kind: 'value', placeholder: 'PATH' },
  'new-pin-file': { kind: 'value', placeholder: 'PATH' },
  'allow-last-try': { kind: 'flag' },
  only: { kind: 'value', placeholder: 'registry|common' },
  'my-number': { kind: 'flag' },
  'my-number-in-json': { kind: 'flag' },
  out: { kind: 'value', placeholder: 'FILE' },
  force: { kind: 'flag' },
  format: { kind: 'value', placeholder: 'pem|der' },
  attached: { kind: 'flag' },
  pdf: { kind: 'flag' },
  profile: { kind: 'value', placeholder: 'pades|registry' },
  content: { kind: 'value', placeholder: 'FILE' },
  ca: { kind: 'values', placeholder: 'FILE|card' },
  audience: { kind: 'value', placeholder: 'URL' },
  nonce: { kind: 'value', placeholder: 'TEXT' },
  'no-card': { kind: 'flag' },
  auth: { kind: 'value', placeholder: 'known|forgotten|locked' },
  sign: { kind: 'value', placeholder: 'known|forgotten|locked' },
  registry: { kind: 'value', placeholder: 'known|forgotten|locked' },
  'input-support': { kind: 'value', placeholder: 'known|forgotten|locked' },
  state: { kind: 'value', placeholder: 'FILE' },
  host: { kind: 'value', placeholder: 'HOST' },
  port: { kind: 'value', placeholder: 'PORT' },
  socket: { kind: 'value', placeholder: 'PATH' },
  hold: { kind: 'value', placeholder: 'MINUTES' },
  locked: { kind: 'values', placeholder: 'auth|sign' },
  tries: { kind: 'values', placeholder: 'auth|sign=N' },
  token: { kind: 'value', placeholder: 'card|older-card|android|iphone' },
  quirk: { kind: 'values', placeholder: 'NAME=VALUE' },
  expired: { kind: 'flag' },
  'no-signature': { kind: 'flag' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof OPTIONS;

/** What every subcommand takes. */
export const GLOBAL_OPTIONS = [
  'reader',
  'allow-remote',
  'virtual',
  'timeout',
  'short-reads',
  'json',
  'lang',
  'debug',
  'help',
] as const;

/** Options as given; of one given twice that takes one value, the last counts. */
export class Options {
  readonly #values: ReadonlyMap<OptionName, readonly string[]>;

  constructor(values: ReadonlyMap<OptionName, readonly string[]>) {
    this.#values = values;
  }

  has(name: OptionName): boolean {
    return this.#values.has(name);
  }

  value(name: OptionName): string | undefined {
    return this.values(name).at(-1);
  }

  values(name: OptionName): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** Whether a word may be a PIN that stands where none is taken. It is not said back; of a file's name nothing is lost. */
export function isLikePin(word: string): boolean {
  const pin = word.normalize('NFKC');
  return /^\d{4,16}$/.test(pin) || (/^[a-z\d]{6,16}$/i.test(pin) && /\d/.test(pin) && /[a-z]/i.test(pin));
}
