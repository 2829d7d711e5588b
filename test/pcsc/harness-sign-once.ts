/** A program that wants to sign with whatever card it can reach at once, and says how that went. */
import { openJpki } from '../../src/jpki/index.js';

try {
  await using applet = await openJpki({ timeoutMs: 5_000, busy: 'fail' });
  await applet.sign('auth', new Uint8Array(1));
  console.log('signed');
} catch (error) {
  console.log((error as { code?: string }).code);
}
