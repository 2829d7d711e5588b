import { describe, expect, it } from 'vitest';
import {
  type CertificateState,
  type HolderPin,
  type PinSituation,
  type RecoveryOption,
  recoveryOptions,
} from '../../src/recovery/index.js';

/*
 * Written from the text on what a holder can do, whose sentences are quoted; nothing here is taken from the code.
 *
 *   "change it: a PIN that is known and not locked"
 *   "kiosk, signature PIN: locked or forgotten signature PIN" - needs "the authentication PIN"
 *   "kiosk, authentication PIN: locked or forgotten authentication PIN" - needs "the signature PIN"
 *   "municipal counter: any of the four, and both JPKI PINs at once"
 *   "The other JPKI PIN is known and not locked. If neither is: only the counter."
 *   "The resident registry and card input support PINs: only the counter."
 */
type Said = 'known' | 'forgotten' | 'locked';

/** For the signature or the authentication PIN: itself, the other of the two, then the ways, cheapest first. */
const JPKI_WAYS: [own: Said, other: Said, certificatesGood: string, certificatesBad: string][] = [
  ['known', 'known', 'change counter', 'change counter'],
  ['known', 'forgotten', 'change counter', 'change counter'],
  ['known', 'locked', 'change counter', 'change counter'],
  ['forgotten', 'known', 'kiosk counter', 'counter'],
  ['forgotten', 'forgotten', 'counter', 'counter'],
  ['forgotten', 'locked', 'counter', 'counter'],
  ['locked', 'known', 'kiosk counter', 'counter'],
  ['locked', 'forgotten', 'counter', 'counter'],
  ['locked', 'locked', 'counter', 'counter'],
];

/** For the resident registry and card input support PINs, whatever else holds. */
const OTHER_WAYS: Record<Said, string> = { known: 'change counter', forgotten: 'counter', locked: 'counter' };

/**
 * "Both certificates are within their validity" / "An expired or lapsed certificate: only the counter." / "The card has a
 * signature certificate" / "a validity that was not read is a condition to check, not a fact". Bad closes the kiosk;
 * otherwise the third column names the certificates that stay to be checked.
 */
const CERTIFICATES: [sign: CertificateState, auth: CertificateState, outcome: string][] = [
  ['valid', 'valid', ''],
  ['valid', 'not-read', 'auth'],
  ['not-read', 'valid', 'sign'],
  ['not-read', 'not-read', 'sign auth'],
  ['valid', 'expired', 'bad'],
  ['valid', 'absent', 'bad'],
  ['not-read', 'expired', 'bad'],
  ['not-read', 'absent', 'bad'],
  ['expired', 'valid', 'bad'],
  ['expired', 'expired', 'bad'],
  ['expired', 'absent', 'bad'],
  ['expired', 'not-read', 'bad'],
  ['absent', 'valid', 'bad'],
  ['absent', 'expired', 'bad'],
  ['absent', 'absent', 'bad'],
  ['absent', 'not-read', 'bad'],
];

const SAID: Said[] = ['known', 'forgotten', 'locked'];

/** A card that was read and agrees with the holder: full counters, or a locked one. */
function read(holder: Said): PinSituation {
  return {
    holder,
    counter: holder === 'locked' ? { triesLeft: 0, locked: true } : { triesLeft: 3, locked: false },
  };
}

function waysOf(options: readonly RecoveryOption[], pin: HolderPin): string {
  return options
    .filter((option) => option.pin === pin)
    .map(({ way }) => way)
    .join(' ');
}

function certificateConditions(option: RecoveryOption): string {
  return option.conditions
    .flatMap(({ code }) => (code.endsWith('-certificate-valid') ? [code.slice(0, 4)] : []))
    .join(' ');
}

function expectedWays(own: Said, other: Said, certificates: string): string | undefined {
  const row = JPKI_WAYS.find((candidate) => candidate[0] === own && candidate[1] === other);
  return certificates === 'bad' ? row?.[3] : row?.[2];
}

describe('recoveryOptions', () => {
  it('opens the ways of the text for every PIN state and every certificate state', () => {
    let cases = 0;
    for (const [signCertificate, authCertificate, outcome] of CERTIFICATES) {
      for (const sign of SAID) {
        for (const auth of SAID) {
          for (const registry of SAID) {
            for (const inputSupport of SAID) {
              const pins = { sign, auth, registry, 'input-support': inputSupport };
              const what = JSON.stringify({ ...pins, signCertificate, authCertificate });
              const options = recoveryOptions({
                pins: {
                  sign: read(sign),
                  auth: read(auth),
                  registry: read(registry),
                  'input-support': read(inputSupport),
                },
                certificates: { sign: signCertificate, auth: authCertificate },
              });
              expect(waysOf(options, 'sign'), what).toBe(expectedWays(sign, auth, outcome));
              expect(waysOf(options, 'auth'), what).toBe(expectedWays(auth, sign, outcome));
              expect(waysOf(options, 'registry'), what).toBe(OTHER_WAYS[registry]);
              expect(waysOf(options, 'input-support'), what).toBe(OTHER_WAYS[inputSupport]);
              for (const option of options) {
                expect(option.pinState, what).toBe(pins[option.pin]);
                expect(certificateConditions(option), what).toBe(option.way === 'kiosk' ? outcome : '');
              }
              cases++;
            }
          }
        }
      }
    }
    // Three states of four PINs, four states of two certificates.
    expect(cases).toBe(3 ** 4 * 4 ** 2);
  });

  it('opens the same ways when only the holder was asked and no counter was read', () => {
    for (const [own, other, good] of JPKI_WAYS) {
      const options = recoveryOptions({ pins: { sign: { holder: own }, auth: { holder: other } } });
      expect(waysOf(options, 'sign')).toBe(good);
    }
  });

  it('puts the way without a journey first and the one in office hours last, over all PINs', () => {
    const options = recoveryOptions({
      pins: {
        'input-support': { holder: 'known' },
        registry: { holder: 'locked' },
        auth: { holder: 'known' },
        sign: { holder: 'locked' },
      },
    });
    expect(options.map(({ way, pin }) => `${way} ${pin}`)).toEqual([
      'change auth',
      'change input-support',
      'kiosk sign',
      'counter sign',
      'counter auth',
      'counter registry',
      'counter input-support',
    ]);
  });

  it('answers only for the PINs it was asked about', () => {
    expect(recoveryOptions({ pins: {} })).toEqual([]);
    const options = recoveryOptions({ pins: { registry: { holder: 'forgotten' } } });
    expect(options.map(({ pin }) => pin)).toEqual(['registry']);
  });
});
