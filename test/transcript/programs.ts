/** Programs to record and to replay: each uses a connection and tells what it learnt. */
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet, readOtherPinCounters } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';

export type Program = (connection: CardConnection) => Promise<unknown>;

/** An error as a value, so that two runs can be compared. */
const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof JpkiError)) throw error;
    const { code, role, triesLeft, statusWord } = error;
    return { code, role, triesLeft, statusWord };
  });

const withApplet =
  (use: (applet: JpkiApplet) => Promise<unknown>): Program =>
  async (connection) => {
    const applet = await JpkiApplet.select(connection);
    try {
      return await outcome(use(applet));
    } finally {
      await applet.close();
    }
  };

export const PROGRAMS: Readonly<Record<string, Program>> = {
  status: withApplet((applet) => applet.readStatus()),
  'token information': withApplet((applet) => applet.readTokenInfo()),
  availability: withApplet((applet) => applet.readCertificateAvailability()),
  'authentication certificate': withApplet((applet) => applet.readCertificateDer('auth')),
  'signature certificate without its PIN': withApplet((applet) => applet.readCertificateDer('sign')),
  'signature certificate': withApplet(async (applet) => {
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    return applet.readCertificateDer('sign');
  }),
  'CA certificates': withApplet(async (applet) => [
    await applet.readCertificateDer('auth-ca'),
    await applet.readCertificateDer('sign-ca'),
  ]),
  'wrong PIN': withApplet((applet) => applet.verifyPin('auth', '9999')),
  'change of a PIN': withApplet((applet) => applet.changePin('auth', VIRTUAL_PINS.auth, '8642')),
  signature: withApplet(async (applet) => {
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    return applet.sign('auth', new TextEncoder().encode('見本'));
  }),
  'counters of the other applications': async (connection) => {
    const counters = await readOtherPinCounters(connection);
    await connection.disconnect();
    return counters;
  },
};
