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
  certificate: {},

  /** `signature/`. */
  signature: {},

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};
