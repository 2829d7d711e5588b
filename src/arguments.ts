/**
 * Checks of what a program passes in, which types cannot promise: the one way to `INVALID_ARGUMENT`. Made before
 * anything is sent or changed. No message shows the value, because it may be a PIN in the wrong place.
 */
import { type BilingualText, invalidArgument } from './errors.js';
import type { Entry } from './text/index.js';

/** Throws `INVALID_ARGUMENT` unless `value` can be used for what the caller knows as `name`. */
export type Check = (name: string, value: unknown) => void;

/** Some properties of `T`; one that is `undefined` is one that is left out. */
export type SomeOf<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What is set of `T`: a property that is there is not `undefined`. */
type WhatIsSet<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** A check of a property that must be there. */
type RequiredCheck = Check & { readonly required: true };

/** One check for each property of `T`, so that an option cannot be added without one. */
export type ChecksOf<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Check : RequiredCheck;
};

/** A check that `fits` makes; `takes` finishes the sentence "… must be". */
/* @__NO_SIDE_EFFECTS__ */
export function checkThat(takes: BilingualText | Entry, fits: (value: unknown) => boolean): Check {
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
/* @__NO_SIDE_EFFECTS__ */
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
): WhatIsSet<T> {
  if (options !== undefined) checkObject(name, options);
  const checked: Record<string, unknown> = {};
  for (const [key, check] of Object.entries<Check & { readonly required?: true }>(checks)) {
    const value = options?.[key as keyof T];
    if (value === undefined && check.required === undefined) continue;
    check(name === 'options' ? key : `${name}.${key}`, value);
    checked[key] = value;
  }
  return checked as WhatIsSet<T>;
}

/** An object whose properties are checked each; those without `required` may be absent. */
/* @__NO_SIDE_EFFECTS__ */
export function fieldsOf<T extends object>(checks: ChecksOf<T>): Check {
  return (name, value) => {
    checkObject(name, value);
    checkedOptions(value as T, checks, name);
  };
}

/** An array of things that are checked each. */
/* @__NO_SIDE_EFFECTS__ */
export function listOf(check: Check): Check {
  return (name, value) => {
    checkArray(name, value);
    for (const [index, element] of (value as unknown[]).entries()) check(`${name}[${index}]`, element);
  };
}

/** One of a few values, compared with `===`. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf(...values: readonly (string | number | boolean)[]): Check {
  const list = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return checkThat(
    (t) => t.argument.oneOf(list),
    (value) => values.some((one) => one === value),
  );
}

/** A whole number from `min` to `max`. */
/* @__NO_SIDE_EFFECTS__ */
export function integerFrom(min: number, max: number): Check {
  return checkThat(
    (t) => t.argument.wholeNumber(min, max),
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

/** Bytes, as few and as many as that. */
/* @__NO_SIDE_EFFECTS__ */
export function bytesFrom(min: number, max: number): Check {
  return checkThat(
    (t) => t.argument.bytesOf(min, max),
    (value) => isBytes(value) && value.length >= min && value.length <= max,
  );
}

/** An object as a literal or a class makes it: no array, no bytes, no Date, no promise that somebody forgot to await. */
export const checkObject = checkThat(
  (t) => t.argument.object,
  (value) => Object.prototype.toString.call(value) === '[object Object]',
);

export const checkArray = checkThat((t) => t.argument.array, Array.isArray);

export const checkBytes = checkThat((t) => t.argument.bytes, isBytes);

/** No truthy value stands in for `true`: some of these lift a protection. */
export const checkBoolean = checkThat(
  (t) => t.argument.boolean,
  (value) => typeof value === 'boolean',
);

export const checkDate = checkThat(
  (t) => t.argument.date,
  (value) => value instanceof Date && !Number.isNaN(value.getTime()),
);

/** Text that may be empty. */
export const checkString = checkThat(
  (t) => t.argument.string,
  (value) => typeof value === 'string',
);

export const checkText = checkThat(
  (t) => t.argument.text,
  (value) => typeof value === 'string' && value !== '',
);

export const checkFunction = checkThat(
  (t) => t.argument.function,
  (value) => typeof value === 'function',
);

/** By its members: a polyfill's or another realm's is as good. */
export const checkSignal = checkThat(
  (t) => t.argument.signal,
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

export const checkRole = oneOf('auth', 'sign');

export const checkPinRole = oneOf(
  'auth',
  'sign',
  'input-support',
  'registry',
  'check-number-a',
  'check-number-b',
);

/** setTimeout takes 31 bits of milliseconds, which are 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A limit of waiting: every wait ends, unless the caller says `Infinity`. */
export const checkTimeout = checkThat(
  (t) => t.argument.timeout,
  (value) => typeof value === 'number' && value >= 0,
);

/** As `checkTimeout` for something that takes time: with 0 nothing could ever succeed. */
export const checkTimeLimit = checkThat(
  (t) => t.argument.timeLimit,
  (value) => typeof value === 'number' && value > 0,
);
