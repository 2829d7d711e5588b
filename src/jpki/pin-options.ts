/** How a PIN is given to an operation, and what the operation may do with it. */
import { type ChecksOf, checkBoolean, checkFunction, checkSignal, checkThat, isBytes } from '../arguments.js';
import { wipe } from '../bytes.js';
import type { PinRole } from '../errors.js';
import type { OperationOptions } from '../iso7816/index.js';
import { encodePin, type PinInput } from './pin.js';
import type { PinCounter } from './pin-counter.js';

/**
 * Asks for a PIN once the card has said how many tries are left: the counter is then read once, for the one who asks and
 * for the rules of the last try. Not called for a PIN that is locked. The card is not kept from others meanwhile; where one
 * of them uses it, or a second has gone by, the counter is read again before the PIN is sent.
 *
 * @example
 * await applet.verifyPin('auth', ({ triesLeft }) => ask(`PIN (${triesLeft} tries left): `));
 * @category PINs
 */
export type PinCallback = (counter: PinCounter) => PinInput | Promise<PinInput>;

/**
 * What an operation with a PIN may do. Every default is the careful one, and only `true` lifts it: a value of another
 * type is `INVALID_ARGUMENT`.
 *
 * @category PINs
 */
export interface VerifyOptions extends OperationOptions {
  /**
   * Send the PIN although one try is left, or although the card does not say how many are. Default `false`: the last
   * try is never spent unasked.
   */
  readonly allowLastTry?: boolean | undefined;
  /**
   * Asked whether the PIN may be sent in that case, with the counter just read; anything but `true` means no. Default:
   * nobody is asked.
   */
  readonly confirmLastTry?: ((counter: PinCounter) => boolean | Promise<boolean>) | undefined;
  /**
   * Send the PIN on a connection that others share. Default `false`: whoever else is connected could use the key
   * without the PIN.
   */
  readonly allowShared?: boolean | undefined;
}

/**
 * How an operation that needs a PIN presents it itself, at the moment that costs fewest exchanges.
 *
 * @category PINs
 */
export interface PinOptions extends VerifyOptions {
  /**
   * The PIN, or what asks for it. Bytes are wiped, also where no PIN turned out to be needed. Default: none, for a PIN that
   * `verifyPin` presented before.
   */
  readonly pin?: PinInput | PinCallback | undefined;
}

export const VERIFY_CHECKS: ChecksOf<VerifyOptions> = {
  allowLastTry: checkBoolean,
  confirmLastTry: checkFunction,
  allowShared: checkBoolean,
  signal: checkSignal,
};

export const PIN_CHECKS: ChecksOf<PinOptions> = {
  ...VERIFY_CHECKS,
  pin: checkThat(
    (t) => t.argument.pin,
    (value) => typeof value === 'string' || typeof value === 'function' || isBytes(value),
  ),
};

/**
 * The form of a PIN that comes with an operation, before the operation sends anything; one that is asked for is checked then.
 *
 * @throws JpkiError `PIN_FORMAT`
 */
export function checkGivenPin(role: PinRole, pin: PinOptions['pin']): void {
  if (pin !== undefined && typeof pin !== 'function') wipe(encodePin(role, pin));
}

/** Wipes the bytes that a caller gave as PINs. */
export function wipePins(pins: readonly unknown[]): void {
  for (const pin of pins) if (isBytes(pin)) wipe(pin);
}

/** Runs an operation that may be given a PIN, and wipes its bytes whatever way it ends. */
export async function wipingPin<T>(options: PinOptions | undefined, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } finally {
    try {
      wipePins([options?.pin]);
    } catch {
      // Options that cannot be looked at hold no bytes, and have been refused.
    }
  }
}
