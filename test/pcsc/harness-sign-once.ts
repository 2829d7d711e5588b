/** A program that wants to sign with whatever card it can reach, and says how that went. */
import { openJpki } from '../../src/jpki/index.js';

try {
  await using applet = await openJpki({ timeoutMs: 5_000 });
  await applet.sign('auth', new Uint8Array(1));
  console.log('signed');
} catch (error) {
  console.log((error as { code?: string }).code);
}
