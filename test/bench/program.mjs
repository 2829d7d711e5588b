/** One operation of the built library as a whole process: `node program.mjs OPERATION READER`. */
import { openJpki } from '../../dist/index.js';

const [operation, reader] = process.argv.slice(2);
// The public PINs of the virtual card, without loading it.
const PINS = { auth: '1234', sign: 'VIRTUAL1' };

const applet = await openJpki({ reader });
switch (operation) {
  case 'status':
    await applet.readStatus();
    break;
  case 'certificate-auth':
    await applet.readCertificate('auth');
    break;
  case 'certificate-sign':
    await applet.readCertificate('sign', { pin: PINS.sign });
    break;
  case 'signature':
    await applet.verifyPin('auth', PINS.auth);
    await applet.sign('auth', new TextEncoder().encode('what is signed'));
    break;
  case 'cms': {
    const { signCms } = await import('../../dist/cms.js');
    await signCms(applet, new TextEncoder().encode('a small file'), { detached: true, pin: PINS.sign });
    break;
  }
  default:
    throw new Error(`no operation ${operation}`);
}
await applet.close();
