import { type ChecksOf, checkedOptions, checkSignal, listOf, oneOf } from '../arguments.js';
import type { OperationOptions, Send, StatusWord } from '../iso7816/index.js';
import type { CardConnection } from '../transport/connection.js';
import { OTHER_PINS, type OtherApplicationName, type OtherPin } from './files.js';
import { published, sendQuery, triesOf } from './pin-counter.js';
import { CardSession } from './session.js';

/** What a card says of one PIN reference. */
interface Reported {
  /** `false` when the card lacks the application or the PIN; the counter is unknown then. */
  readonly present: boolean;
  /** Tries left; `undefined` when the card did not say. */
  readonly triesLeft: number | undefined;
  readonly locked: boolean;
  /** With which word the card refused the application, the PIN or the question, 0 to 65535; absent where it answered. */
  readonly statusWord?: number;
}

/**
 * A PIN or check number of an application other than JPKI, and its counter as the card reported it.
 *
 * @category PINs
 */
export interface OtherPinCounter extends OtherPin, Reported {
  readonly application: OtherApplicationName;
  /**
   * The resident registry PIN is two references, in the registry and the common application, which official software
   * changes one after the other: they may differ [myna-card]. The PIN has the lower number of the two, and is locked where
   * either is. Absent for every other PIN.
   */
  readonly references?: readonly PinReference[];
}

/**
 * One of two references that are the same PIN to the holder.
 *
 * @category PINs
 */
export interface PinReference extends Reported {
  readonly application: OtherApplicationName;
  /** Reference data file, two bytes. */
  readonly file: number;
}

/**
 * Whose counters to read.
 *
 * @category PINs
 */
export interface OtherPinOptions extends OperationOptions {
  /**
   * The applications to ask, each a SELECT and an exchange for each of its PINs; default all four. The resident registry PIN
   * is in `registry` and `common`.
   */
  readonly applications?: readonly OtherApplicationName[] | undefined;
}

const OTHER_APPLICATIONS = Object.keys(OTHER_PINS) as OtherApplicationName[];
const OTHER_PIN_CHECKS: ChecksOf<OtherPinOptions> = {
  applications: listOf(oneOf(...OTHER_APPLICATIONS)),
  signal: checkSignal,
};

/**
 * The counters of every PIN outside the JPKI application, without spending a try. One operation on the card: an
 * applet open on the same connection waits, and selects its application again when it is next used.
 *
 * @throws JpkiError `INVALID_ARGUMENT`, and what the connection throws; what the card lacks or refuses is no error, and
 * spoils its own answer only
 * @example
 * const registry = (await readOtherPinCounters(connection)).find((pin) => pin.application === 'registry');
 * @category PINs
 */
export async function readOtherPinCounters(
  connection: CardConnection,
  options: OtherPinOptions = {},
): Promise<OtherPinCounter[]> {
  const session = CardSession.of(connection);
  return session.told(async () => {
    const { applications = OTHER_APPLICATIONS, signal } = checkedOptions(options, OTHER_PIN_CHECKS);
    return session.runAnywhere((send) => readAll(session, send, applications), { signal });
  });
}

async function readAll(
  session: CardSession,
  send: Send,
  applications: readonly OtherApplicationName[],
): Promise<OtherPinCounter[]> {
  const counters: OtherPinCounter[] = [];
  for (const application of OTHER_APPLICATIONS) {
    if (!applications.includes(application)) continue;
    const refusal = await select(application);
    for (const pin of OTHER_PINS[application]) {
      const reported = refusal === undefined ? await query(application, pin) : absent(refusal);
      counters.push({ application, ...pin, ...reported });
    }
  }
  return joined(counters);

  /** The word that refused it: whichever it is, the application cannot be used, as one that is not there. */
  function select(application: OtherApplicationName): Promise<StatusWord | undefined> {
    return session.selectApplication(send, application);
  }

  async function query(application: OtherApplicationName, { file }: OtherPin): Promise<Reported> {
    const options = { select: () => select(application) };
    const { statusWord, isThere } = await sendQuery(session, send, file, options);
    if (!isThere) return absent(statusWord);
    const tries = triesOf(statusWord);
    return {
      present: true,
      ...published(tries ?? { kind: 'hidden' }),
      ...(tries === undefined && { statusWord: statusWord.value }),
    };
  }
}

function absent({ value }: StatusWord): Reported {
  return { present: false, ...published({ kind: 'hidden' }), statusWord: value };
}

/** Two references of one PIN, as the one PIN that the holder knows. */
function joined(counters: readonly OtherPinCounter[]): OtherPinCounter[] {
  const references = counters
    .filter(({ application }) => application === 'registry' || application === 'common')
    .map(({ name: _name, setByHolder: _setByHolder, maxTries: _maxTries, ...reference }) => reference);
  const known = references.map(({ triesLeft }) => triesLeft).filter((tries) => tries !== undefined);
  return counters
    .filter(({ application }) => application !== 'common')
    .map((pin) => {
      if (pin.application !== 'registry') return pin;
      // Where one of them answered, a refusal of the other is that reference's own.
      const { statusWord, ...rest } = pin;
      const answered = references.some((reference) => reference.statusWord === undefined);
      return {
        ...rest,
        ...(!answered && statusWord !== undefined && { statusWord }),
        references,
        present: references.some(({ present }) => present),
        locked: references.some(({ locked }) => locked),
        triesLeft: known.length > 0 ? Math.min(...known) : undefined,
      };
    });
}
