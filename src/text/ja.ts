import type { Texts } from './en.js';

/** Everything the library says to people, in Japanese; `en.ts` is what it translates. */
export const ja: Texts = {
  /** `errors.ts` and `arguments.ts`. */
  error: {},
  argument: {},

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {},
  card: {},

  /** `certificate/`. */
  certificate: {
    unreadable: (reason) => `電子証明書を解釈できません（${reason}）。`,
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason) => `CMS SignedData として解釈できません（${reason}）。`,
    noSignedDataRemedy:
      '署名ファイルそのものであること、欠けていないこと、PEM ではなく DER または BER であることを確かめてください。',
  },

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};
