/** Signs a stream of as many megabytes as asked for and prints the most memory this process had, in megabytes. */
import { JpkiApplet } from '../../src/jpki/applet.js';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';

const megabytes = Number(process.argv[2]);

async function* stream() {
  const block = new Uint8Array(65_536).fill(0x5a);
  // A new array each time and of this size, as from a file.
  for (let i = 0; i < 16 * megabytes; i++) yield block.slice();
}

const applet = await JpkiApplet.select((await VirtualCard.issue()).connect());
await applet.verifyPin('sign', VIRTUAL_PINS.sign);
const started = performance.now();
const cms = await signCms(applet, stream(), { detached: true });
const seconds = (performance.now() - started) / 1000;
const verdict = await verifyCms(cms, { content: stream() });
await applet.close();

console.log(
  JSON.stringify({
    megabytes,
    seconds: Math.round(seconds * 10) / 10,
    maxRssMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    findings: verdict.findings.map(({ code }) => code),
  }),
);
