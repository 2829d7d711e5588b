import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MEGABYTES = 200;
/**
 * The document that is given, the one that is given back, and the copy that `@cantoo/pdf-lib` makes of the streams in a
 * Uint8Array; and what node and the loader of TypeScript take.
 */
const MAX_RSS_MEGABYTES = 3 * MEGABYTES + 200;

it(`signing and checking a PDF of ${MEGABYTES} MB takes at most ${MAX_RSS_MEGABYTES} MB of memory`, async () => {
  const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));
  const words = ['--import', 'tsx', child, String(MEGABYTES)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const { maxRssMegabytes, findings } = JSON.parse(stdout);
  expect(maxRssMegabytes).toBeLessThan(MAX_RSS_MEGABYTES);
  expect(findings).toEqual(['ISSUER_NOT_ANCHORED']);
}, 200_000);
