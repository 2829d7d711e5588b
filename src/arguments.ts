/**
 * Checks of what a program passes in, which types cannot promise: the one way to `INVALID_ARGUMENT`. Made before
 * anything is sent or changed. No message shows the value, because it may be a PIN in the wrong place.
 */
import { type BilingualText, invalidArgument, type KeyRole } from './errors.js';

/** Throws `INVALID_ARGUMENT` unless `value` can be used for what the caller knows as `name`. */
export type Check = (name: string, value: unknown) => void;

/** A check of a property that must be there. */
type RequiredCheck = Check & { readonly required: true };

/** One check for each property of `T`, so that an option cannot be added without one. */
export type ChecksOf<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Check : RequiredCheck;
};

/** A check that `fits` makes; `takes` finishes the sentence "… must be". */
export function checkThat(takes: BilingualText, fits: (value: unknown) => boolean): Check {
  return (name, value) => {
    if (!holds(() => fits(value))) throw invalidArgument(name, takes);
  };
}

/** Looking at a value can throw: a proxy of a Date has the prototype of one, and no time. */
function holds(looks: () => boolean): boolean {
  try {
    return looks();
  } catch {
    return false;
  }
}

/** Bytes that can be read: no proxy of them, and none whose memory was handed to another thread, which look empty. */
export function isBytes(value: unknown): value is Uint8Array {
  // The buffer of an array that holds something is left alone: see `secretBytes`.
  return holds(
    () => value instanceof Uint8Array && (value.length > 0 || new Uint8Array(value.buffer).length >= 0),
  );
}

/** The same check of a property that has no default. */
export function required(check: Check): RequiredCheck {
  return Object.assign((name: string, value: unknown) => check(name, value), { required: true } as const);
}

/**
 * Checks options and gives a copy of those that are set: `undefined` means the default, and what the caller changes
 * while the operation runs is not seen. Options nobody knows are left out.
 *
 * @throws JpkiError `INVALID_ARGUMENT` naming the option
 * @example
 * const { hash = 'SHA-256' } = checkedOptions(options, { hash: checkHash });
 */
export function checkedOptions<T extends object>(
  options: T | undefined,
  checks: ChecksOf<T>,
  name = 'options',
): T {
  if (options !== undefined) checkObject(name, options);
  const checked: Record<string, unknown> = {};
  for (const [key, check] of Object.entries<Check & { readonly required?: true }>(checks)) {
    const value = options?.[key as keyof T];
    if (value === undefined && check.required === undefined) continue;
    check(name === 'options' ? key : `${name}.${key}`, value);
    checked[key] = value;
  }
  return checked as T;
}

/** An object whose properties are checked each; those without `required` may be absent. */
export function fieldsOf<T extends object>(checks: ChecksOf<T>): Check {
  return (name, value) => {
    checkObject(name, value);
    checkedOptions(value as T, checks, name);
  };
}

/** An array of things that are checked each. */
export function listOf(check: Check): Check {
  return (name, value) => {
    checkArray(name, value);
    for (const [index, element] of (value as unknown[]).entries()) check(`${name}[${index}]`, element);
  };
}

/** One of a few values, compared with `===`. */
export function oneOf(...values: readonly (string | number | boolean)[]): Check {
  const list = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  const takes = { en: `one of ${list.join(', ')}`, ja: `${list.join('、')} のいずれか` };
  return checkThat(takes, (value) => values.some((one) => one === value));
}

/** A whole number from `min` to `max`. */
export function integerFrom(min: number, max: number): Check {
  return checkThat(
    { en: `a whole number from ${min} to ${max}`, ja: `${min} から ${max} までの整数` },
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

/** Bytes, as few and as many as that. */
export function bytesFrom(min: number, max: number): Check {
  return checkThat(
    { en: `a Uint8Array of ${min} to ${max} bytes`, ja: `${min} から ${max} バイトの Uint8Array` },
    (value) => isBytes(value) && value.length >= min && value.length <= max,
  );
}

/** An object as a literal or a class makes it: no array, no bytes, no Date, no promise that somebody forgot to await. */
export const checkObject = checkThat(
  { en: 'an object', ja: 'オブジェクト' },
  (value) => Object.prototype.toString.call(value) === '[object Object]',
);

export const checkArray = checkThat({ en: 'an array', ja: '配列' }, Array.isArray);

export const checkBytes = checkThat({ en: 'a Uint8Array', ja: 'Uint8Array' }, isBytes);

/** No truthy value stands in for `true`: some of these lift a protection. */
export const checkBoolean = checkThat(
  { en: 'true or false', ja: 'true または false' },
  (value) => typeof value === 'boolean',
);

export const checkDate = checkThat(
  { en: 'a valid Date', ja: '有効な日時の Date' },
  (value) => value instanceof Date && !Number.isNaN(value.getTime()),
);

/** Text that may be empty. */
export const checkString = checkThat({ en: 'a string', ja: '文字列' }, (value) => typeof value === 'string');

export const checkText = checkThat(
  { en: 'a string that is not empty', ja: '空でない文字列' },
  (value) => typeof value === 'string' && value !== '',
);

export const checkFunction = checkThat(
  { en: 'a function', ja: '関数' },
  (value) => typeof value === 'function',
);

/** By its members: a polyfill's or another realm's is as good. */
export const checkSignal = checkThat(
  { en: 'an AbortSignal', ja: 'AbortSignal' },
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function' &&
    'removeEventListener' in value &&
    typeof value.removeEventListener === 'function',
);

const ROLES: readonly KeyRole[] = ['auth', 'sign'];
export const checkRole = oneOf(...ROLES);

/** A limit of waiting: every wait ends, unless the caller says `Infinity`. */
export const checkTimeout = checkThat(
  { en: 'a number of milliseconds, 0 or more, or Infinity', ja: '0 以上のミリ秒数または Infinity' },
  (value) => typeof value === 'number' && value >= 0,
);

/** As `checkTimeout` for something that takes time: with 0 nothing could ever succeed. */
export const checkTimeLimit = checkThat(
  { en: 'a number of milliseconds above 0, or Infinity', ja: '0 より大きいミリ秒数または Infinity' },
  (value) => typeof value === 'number' && value > 0,
);
