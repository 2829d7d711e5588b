import { type ChecksOf, checkedOptions, checkThat, oneOf } from '../arguments.js';
import type { CardConnection } from '../transport/connection.js';
import { Calls } from './calls.js';
import { REGISTRY_PLACE, type RegistryApplication } from './files.js';
import type { PinInput } from './pin.js';
import { changePin, type PinPlaces, verifyPin } from './pin-operations.js';
import { type PinCallback, VERIFY_CHECKS, type VerifyOptions, wipePins } from './pin-options.js';
import { CardSession } from './session.js';

/**
 * As for any other PIN, and which references of the resident registry PIN it is about.
 *
 * @category PINs
 */
export interface RegistryPinOptions extends VerifyOptions {
  /**
   * The applications whose reference is meant, one or both; default both. One alone is for a card on which the two have
   * come to differ, as after a `PIN_CHANGE_PARTIAL`.
   */
  readonly applications?: readonly RegistryApplication[] | undefined;
}

const APPLICATIONS = Object.keys(REGISTRY_PLACE) as RegistryApplication[];
const checkName = oneOf(...APPLICATIONS);
const REGISTRY_CHECKS: ChecksOf<RegistryPinOptions> = {
  ...VERIFY_CHECKS,
  applications: checkThat(
    (t) => t.argument.someOf(APPLICATIONS),
    (value) => {
      if (!Array.isArray(value) || value.length === 0) return false;
      for (const name of value) checkName('applications', name);
      return true;
    },
  ),
};

/**
 * Presents the resident registry PIN (住民基本台帳用), which is two references on the card, in the registry and the common
 * application [myna-card]: SELECT, counter and VERIFY of each, six exchanges. The first that does not take it is the last
 * that it is sent to. The connection must be unpowered afterwards, as after any PIN: close it through the applet or
 * `CardText` that is open on it, or say `connection.disconnect()`.
 *
 * @throws JpkiError as `JpkiApplet.verifyPin`, with the role `registry`; `UNSUPPORTED` where the card lacks an application
 * @example
 * await verifyRegistryPin(applet.connection, ({ triesLeft }) => ask(`PIN (${triesLeft} tries left): `));
 * @category PINs
 */
export async function verifyRegistryPin(
  connection: CardConnection,
  pin: PinInput | PinCallback,
  options: RegistryPinOptions = {},
): Promise<void> {
  await withSession(connection, [pin], async (session) => {
    const { applications, ...others } = checkedOptions(options, REGISTRY_CHECKS);
    await verifyPin(session, placesOf(applications), pin, others);
  });
}

/**
 * Changes the resident registry PIN in both of its places, with JICSAP's CHANGE KEY [myna-card]: SELECT, counter and VERIFY
 * in each before either is changed, so that a wrong current PIN, or two references that differ, change nothing; eleven
 * exchanges, more on a card whose SELECT ends what was verified: there the current PIN is presented once more. Never on a
 * shared connection, where the command could reach another file. Once both have taken the current PIN an abort is heeded no
 * more.
 *
 * @throws JpkiError as `JpkiApplet.changePin`, with the role `registry`; `PIN_CHANGE_PARTIAL` when one reference was changed
 * (`changed`) and the other was not, whose error is the `cause`: where that is `PIN_CHANGE_UNCERTAIN`, the other may have been
 * changed too; `UNSUPPORTED` where the card lacks an application
 * @example
 * await changeRegistryPin(applet.connection, () => ask('Current PIN: '), () => ask('New PIN: '));
 * @category PINs
 */
export async function changeRegistryPin(
  connection: CardConnection,
  current: PinInput | PinCallback,
  next: PinInput | PinCallback,
  options: RegistryPinOptions = {},
): Promise<void> {
  await withSession(connection, [current, next], async (session) => {
    const { applications, ...others } = checkedOptions(options, REGISTRY_CHECKS);
    await changePin(session, placesOf(applications), current, next, { ...others, allowShared: false });
  });
}

/** As a method of an applet runs, so that the applet's `close` hides no error of this one. */
async function withSession(
  connection: CardConnection,
  pins: readonly unknown[],
  operation: (session: CardSession) => Promise<void>,
): Promise<void> {
  try {
    const session = CardSession.of(connection);
    await new Calls(session, 'registry').withPins(pins, () => operation(session));
  } finally {
    // Also where there was no connection to begin with.
    wipePins(pins);
  }
}

/** Always in the same order, however they were named. */
function placesOf(names: readonly RegistryApplication[] = APPLICATIONS): PinPlaces {
  if (!names.includes('common')) return [REGISTRY_PLACE.registry];
  if (!names.includes('registry')) return [REGISTRY_PLACE.common];
  return [REGISTRY_PLACE.registry, REGISTRY_PLACE.common];
}
