import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MEGABYTES = Number(process.env['JPKI_STREAM_MEGABYTES'] ?? 1024);
/** Of which node and the loader of TypeScript take about 100, and chunks that nobody needs any more up to 50. */
const MAX_RSS_MEGABYTES = 200;

it(`signing and checking a stream of ${MEGABYTES} MB takes at most ${MAX_RSS_MEGABYTES} MB of memory`, async () => {
  const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    child,
    String(MEGABYTES),
  ]);
  console.log(stdout.trim());
  const { maxRssMegabytes, findings } = JSON.parse(stdout);
  expect(maxRssMegabytes).toBeLessThan(MAX_RSS_MEGABYTES);
  expect(findings).toEqual(['ISSUER_NOT_ANCHORED']);
}, 600_000);
