import type { BilingualText } from '../errors.js';
import { type OperationOptions, SW } from '../iso7816/index.js';
import type { CardConnection } from '../transport/connection.js';
import { selectApplication } from './commands.js';
import { AID, OTHER_PINS, type OtherApplicationName, type OtherPin } from './files.js';
import { sendQuery } from './pin-operations.js';
import { CardSession, statusError } from './session.js';

/** A PIN or check number of an application other than JPKI, and its counter as the card reported it. */
export interface OtherPinCounter extends OtherPin {
  readonly application: OtherApplicationName;
  /** `false` when the card lacks the application or the PIN; the counter is unknown then. */
  readonly present: boolean;
  /** Tries left; `undefined` when the card did not say. */
  readonly triesLeft: number | undefined;
  readonly locked: boolean;
}

const SELECTING: BilingualText = { en: 'Selecting an application', ja: 'アプリケーションの選択' };
const QUERYING: BilingualText = { en: 'Reading a retry counter', ja: '残り回数の照会' };

/**
 * The counters of every PIN outside the JPKI application, without spending a try. One operation on the card: an
 * applet open on the same connection waits, and selects its application again when it is next used.
 *
 * @throws JpkiError `STATUS_WORD`, `INVALID_ARGUMENT`, and what the connection throws; an absent application is no error
 * @example
 * const registry = (await readOtherPinCounters(connection)).find((pin) => pin.application === 'registry');
 */
export async function readOtherPinCounters(
  connection: CardConnection,
  options: OperationOptions = {},
): Promise<OtherPinCounter[]> {
  const session = CardSession.of(connection);
  return session.channel.run(async (send) => {
    const counters: OtherPinCounter[] = [];
    for (const application of Object.keys(OTHER_PINS) as OtherApplicationName[]) {
      const present = await select(application);
      for (const pin of OTHER_PINS[application]) {
        const counter = present ? await query(pin) : ABSENT;
        counters.push({ application, ...pin, ...counter });
      }
    }
    return counters;

    async function select(application: OtherApplicationName): Promise<boolean> {
      session.leaveJpki();
      let { statusWord } = await send(selectApplication(AID[application]));
      if (statusWord.value === SW.UNSPECIFIED)
        ({ statusWord } = await send(selectApplication(AID[application])));
      if (statusWord.value === SW.FILE_NOT_FOUND) return false;
      if (!statusWord.isDone && statusWord.bytesAvailable === undefined)
        throw statusError(statusWord, SELECTING);
      return true;
    }

    async function query(pin: OtherPin): Promise<typeof ABSENT> {
      const { statusWord } = await session.withFile(send, pin.file, (p2) => sendQuery(session, send, p2));
      const { value } = statusWord;
      if (value === SW.FILE_NOT_FOUND || value === SW.REFERENCE_NOT_FOUND) return ABSENT;
      const triesLeft = statusWord.saysLocked ? 0 : statusWord.triesLeft;
      const unknown = statusWord.isDone || value === SW.WRONG_PIN_NO_COUNTER;
      if (triesLeft === undefined && !unknown) throw statusError(statusWord, QUERYING);
      return { present: true, triesLeft, locked: triesLeft === 0 };
    }
  }, options);
}

const ABSENT: Pick<OtherPinCounter, 'present' | 'triesLeft' | 'locked'> = {
  present: false,
  triesLeft: undefined,
  locked: false,
};
