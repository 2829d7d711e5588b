import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import * as esm from 'jpki-card';
import { CommandApdu } from 'jpki-card/iso7816';

/** A program that got both builds, as through a dependency that is CommonJS. */
const require = createRequire(import.meta.url);
const cjs = require('jpki-card');
const thrownBy = (action) => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};
const printed = (error) =>
  inspect(error)
    .replace(/\n {4}at .*/g, '')
    .replace(/ \[stack\]:/g, '');
const make = ({ JpkiError }) =>
  new JpkiError('PIN_INCORRECT', undefined, { role: 'auth', triesLeft: 1, statusWord: 0x63c1 });
const ofEsm = make(esm);
const ofCjs = make(cjs);
const fromEntry = thrownBy(() => new CommandApdu(undefined));
console.log(
  JSON.stringify({
    recognised: [
      ofEsm instanceof cjs.JpkiError,
      ofCjs instanceof esm.JpkiError,
      esm.JpkiError.is(ofCjs),
      cjs.JpkiError.is(ofEsm),
      fromEntry instanceof cjs.JpkiError,
      new Error('x') instanceof cjs.JpkiError,
    ],
    printed: [printed(ofEsm), printed(ofCjs)],
    inJapanese: ofCjs.inLanguage('ja').message,
  }),
);
