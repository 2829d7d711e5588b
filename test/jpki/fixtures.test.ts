import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { replayTranscript } from '../../src/transcript/index.js';
import { PROGRAMS } from '../support/programs.js';

const FOLDER = new URL('../../fixtures/', import.meta.url);
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -4));

it.each(PROGRAMS.map((program) => [program.name, program] as const))(
  '%s runs on its transcript as it ran on the card',
  async (name, program) => {
    const connection = replayTranscript(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'));
    expect(await program.run(connection)).toEqual(program.expected);
  },
);

it.each(names.filter((name) => name.startsWith('opensc-')))('%s is a transcript that parses', (name) => {
  expect(replayTranscript(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8')).atr.length).toBeGreaterThan(
    2,
  );
});

it('every transcript belongs to a program, and every program has one', () => {
  const ours = names.filter((name) => !name.startsWith('opensc-'));
  expect(ours.sort()).toEqual(PROGRAMS.map(({ name }) => name).sort());
  expect(names.length - ours.length).toBeGreaterThanOrEqual(4);
});
