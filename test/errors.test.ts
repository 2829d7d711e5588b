import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { JpkiError, type JpkiErrorCode, type JpkiErrorDetails, type PinRole } from '../src/index.js';

/** Never called: the compiler looks at it. */
function narrowedBySwitch(error: JpkiError): void {
  switch (error.code) {
    case 'PIN_INCORRECT':
      expectTypeOf(error.role).toEqualTypeOf<PinRole>();
      expectTypeOf(error.triesLeft).toEqualTypeOf<number>();
      expectTypeOf(error.statusWord).toEqualTypeOf<number>();
      break;
    case 'PIN_LOCKED':
      expectTypeOf(error.triesLeft).toEqualTypeOf<0>();
      break;
    case 'PIN_FORMAT':
      expectTypeOf(error.argument).toEqualTypeOf<'pin' | 'current' | 'next'>();
      break;
    case 'STATUS_WORD':
      expectTypeOf(error.statusWord).toEqualTypeOf<number>();
      expectTypeOf(error.role).toEqualTypeOf<PinRole | undefined>();
      break;
    case 'NO_CARD':
      expectTypeOf(error.triesLeft).toEqualTypeOf<number | undefined>();
      break;
  }
}

describe('the type of an error', () => {
  const incorrect = new JpkiError('PIN_INCORRECT', undefined, {
    role: 'auth',
    triesLeft: 1,
    statusWord: 0x63c1,
  });

  it('is narrowed by its code, whether instanceof or JpkiError.is told it from others', () => {
    const caught: unknown = incorrect;
    expectTypeOf(narrowedBySwitch).parameter(0).toEqualTypeOf<JpkiError>();
    if (caught instanceof JpkiError && caught.code === 'PIN_INCORRECT')
      expectTypeOf(caught.role).toEqualTypeOf<PinRole>();
    if (JpkiError.is(caught) && caught.code === 'PIN_REQUIRED')
      expectTypeOf(caught.role).toEqualTypeOf<PinRole>();
    if (caught instanceof JpkiError) expectTypeOf(caught.code).toEqualTypeOf<JpkiErrorCode>();
    const either = caught as JpkiError | Date;
    if (!(either instanceof JpkiError)) expectTypeOf(either).toEqualTypeOf<Date>();
    expect(caught).toBeInstanceOf(Error);
  });

  it('does not let one be made without what its code promises', () => {
    expectTypeOf<JpkiErrorDetails<'PIN_LAST_TRY'>>().toExtend<{ role: PinRole }>();
    expectTypeOf(new JpkiError('NO_CARD')).toEqualTypeOf<JpkiError<'NO_CARD'>>();
    // @ts-expect-error a role is missing
    new JpkiError('PIN_REQUIRED');
    // @ts-expect-error how many tries are left is missing
    new JpkiError('PIN_INCORRECT', undefined, { role: 'auth', statusWord: 0x63c1 });
    // @ts-expect-error a status word is missing
    new JpkiError('STATUS_WORD', 'The card refused.', { role: 'auth' });
    expect(incorrect.triesLeft).toBe(1);
  });
});

describe('an error', () => {
  it('is told from every other value', () => {
    expect(new JpkiError('NO_CARD') instanceof JpkiError).toBe(true);
    for (const other of [undefined, null, 'NO_CARD', { code: 'NO_CARD' }, new Error('NO_CARD'), () => {}]) {
      expect((other as unknown) instanceof JpkiError).toBe(false);
      expect(JpkiError.is(other)).toBe(false);
    }
  });

  it('shows its fields where it is printed, and no more', () => {
    const error = new JpkiError('PIN_LAST_TRY', undefined, { role: 'sign', triesLeft: 1 });
    const [first] = inspect(error).split('\n');
    expect(first).toBe('JpkiError: Only one try is left, so the PIN was not sent.');
    expect(Object.keys(error).sort()).toEqual(['code', 'remedy', 'role', 'triesLeft']);
    expect(String(error)).toBe('JpkiError: Only one try is left, so the PIN was not sent.');
  });
});
