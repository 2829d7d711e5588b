/** What a newcomer sees first. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.js';
import { run } from '../package/install.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it.each([
  ['en_US.UTF-8', 'status.en'],
  ['ja_JP.UTF-8', 'status.ja'],
])('npm run demo shows in %s what the command shows, and commands that are some', async (locale, screen) => {
  const { status, stdout, stderr } = await run('npm', ['run', '-s', 'demo'], ROOT, { LC_ALL: locale });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const expected = readFileSync(`${ROOT}fixtures/screens/${screen}.txt`, 'utf8');
  // The first line with a date, and everything behind it, depends on today.
  const [undated = ''] = expected.split(/.*YYYY/);
  expect(undated.split('\n').length).toBeGreaterThan(10);
  expect(stdout.startsWith(undated)).toBe(true);
  const commands = [...stdout.matchAll(/npm run -s jpki -- (.+?)(?: {2}|$)/gm)].map(
    ([, words = '']) => words,
  );
  expect(commands.length).toBe(4);
  for (const command of commands) expect(parseArguments(command.split(' ')).error).toBeUndefined();
});
