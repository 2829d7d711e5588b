import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

type Role = 'auth' | 'sign';
type Step =
  | { kind: 'verify'; role: Role; right: boolean; allowLastTry: boolean }
  | { kind: 'change'; role: Role; right: boolean; allowLastTry: boolean; next: number }
  | { kind: 'counter'; role: Role }
  | { kind: 'status' }
  | { kind: 'certificate' }
  | { kind: 'token' };

const MAX = { auth: 3, sign: 5 } as const;
const CANDIDATES = { auth: ['1357', '2468', '9753'], sign: ['CHANGED1', 'CHANGED2', 'CHANGED3'] } as const;
const WRONG = { auth: '0000', sign: 'WRONG1' } as const;

/** What the counters must be, kept apart from the library and from the virtual card. */
class Model {
  readonly left = { auth: 3, sign: 5 };
  readonly pin: Record<Role, string> = { auth: VIRTUAL_PINS.auth, sign: VIRTUAL_PINS.sign };

  /** The outcome of presenting a PIN. */
  present(role: Role, right: boolean, allowLastTry: boolean): string {
    if (this.left[role] === 0) return 'PIN_LOCKED 0';
    if (this.left[role] === 1 && !allowLastTry) return 'PIN_LAST_TRY 1';
    this.left[role] = right ? MAX[role] : this.left[role] - 1;
    return right ? 'done' : `PIN_INCORRECT ${this.left[role]}`;
  }
}

const role = fc.constantFrom<Role>('auth', 'sign');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('verify'),
      role,
      right: fc.boolean(),
      allowLastTry: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('change'),
      role,
      right: fc.boolean(),
      allowLastTry: fc.boolean(),
      next: fc.nat({ max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('counter'), role }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'status' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'certificate' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'token' }) },
) as fc.Arbitrary<Step>;

/** Each caller does its steps one after the other; up to eight callers at once. */
const callers = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

it('a thousand random sequences by up to eight concurrent callers leave the counters where a model says', async () => {
  const state = (await virtualCard()).toJSON();
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(callers, fc.boolean(), async (sequences, shortIds) => {
      const card = VirtualCard.fromJSON({ ...state, quirks: { shortIds: shortIds || 0x6a88 } });
      const connection = new Intercepted(card.connect(), async (number, _command, send) => {
        // Answers come later than they are asked for, so that callers really overlap.
        for (let i = 0; i < number % 3; i++) await Promise.resolve();
        return send();
      });
      const applet = await JpkiApplet.select(connection);
      const model = new Model();
      await Promise.all(
        sequences.map(async (sequence) => {
          for (const one of sequence) {
            steps++;
            // The queue is first come, first served: what is called first meets the counters first.
            const [expected, actual] = start(applet, model, one);
            expect(await actual).toEqual(expected);
          }
        }),
      );
      const { pins } = await applet.readStatus();
      expect({ auth: pins.auth.triesLeft, sign: pins.sign.triesLeft }).toEqual(model.left);
    }),
    { numRuns: 1000 },
  );
  console.info(`${steps} operations in 1000 sequences`);
}, 300_000);

/** Calls the operation and the model in the same instant. */
function start(applet: JpkiApplet, model: Model, step: Step): [unknown, Promise<unknown>] {
  const outcome = (work: Promise<void>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => (error instanceof JpkiError ? `${error.code} ${error.triesLeft}` : String(error)),
    );
  switch (step.kind) {
    case 'verify': {
      const { role, right, allowLastTry } = step;
      const pin = right ? model.pin[role] : WRONG[role];
      return [
        model.present(role, right, allowLastTry),
        outcome(applet.verifyPin(role, pin, { allowLastTry })),
      ];
    }
    case 'change': {
      const { role, right, allowLastTry } = step;
      const from = right ? model.pin[role] : WRONG[role];
      const next = CANDIDATES[role].find((pin, i) => i >= step.next && pin !== from) ?? CANDIDATES[role][0];
      const expected = model.present(role, right, allowLastTry);
      if (expected === 'done') model.pin[role] = next;
      return [expected, outcome(applet.changePin(role, from, next, { allowLastTry }))];
    }
    case 'counter':
      return [model.left[step.role], applet.readPinCounter(step.role).then(({ triesLeft }) => triesLeft)];
    case 'status':
      return [
        { ...model.left },
        applet.readStatus().then(({ pins }) => ({ auth: pins.auth.triesLeft, sign: pins.sign.triesLeft })),
      ];
    case 'certificate':
      return [0x30, applet.readCertificateDer('auth').then((der) => der[0])];
    case 'token':
      return ['card', applet.readTokenInfo().then(({ kind }) => kind)];
  }
}
