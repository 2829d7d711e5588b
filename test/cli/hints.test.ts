import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileWord, sameVirtual } from '../../src/cli/next-command.js';
import { Options } from '../../src/cli/options.js';
import { pdfOf } from '../pdf/documents.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const PIN = () => ['--pin-file', file('pin')];

beforeAll(async () => {
  await writeCard(file('card.json'));
  writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
});

/** The command as a new user has it: on the demonstration card, and what it said on either output. */
async function shown(language: 'en' | 'ja', ...args: string[]): Promise<string> {
  const { stdout, stderr } = await jpki([...args, '--lang', language]);
  return (stdout + stderr).replaceAll(file(''), '');
}

describe('a signature that was tried out', () => {
  const OF_VIRTUAL = {
    en: (command: string) =>
      `This is a signature of a virtual card. To check a trial signature add --virtual: ${command}`,
    ja: (command: string) =>
      `仮想カードの署名です。試しの署名を検証するには --virtual を付けてください：${command}`,
  };
  const TO_CHECK = { en: 'To check it: ', ja: '確認するには：' };

  beforeAll(() => {
    writeFileSync(file('a.txt'), 'a\n');
    writeFileSync(file('a.pdf'), pdfOf());
  });

  it.each([
    ['en', 'a.txt', [], 'a.txt.p7s', ''],
    ['ja', 'a.txt', [], 'a.txt.p7s', ''],
    ['en', 'a.txt', ['--attached'], 'a.txt.p7m', ''],
    ['ja', 'a.txt', [], 'other.p7s', ' --content /a.txt'],
    ['en', 'a.pdf', ['--pdf'], 'a-signed.pdf', ''],
    ['ja', 'a.pdf', ['--pdf'], 'a-signed.pdf', ''],
  ] as const)(
    'is told for what it is, and how to check it: %s %s %j %s',
    async (lang, name, more, target, content) => {
      const out = ['--out', file(target), '--force'];
      const signed = await shown(lang, 'sign', file(name), ...more, ...out, ...PIN(), '--virtual');
      const command = `jpki verify /${target}${content} --virtual`;
      expect(signed).toContain(`${TO_CHECK[lang]}${command}\n`);
      const words = command
        .split(' ')
        .slice(1, -1)
        .map((word) => word.replace(/^\//, file('/')));
      expect(await shown(lang, ...words)).toContain(OF_VIRTUAL[lang](command));
      // Neither a good one nor JSON has such words.
      expect(await shown(lang, ...words, '--virtual')).not.toMatch(/trial|試しの署名/);
      expect(await shown(lang, ...words, '--json')).not.toMatch(/trial|試しの署名/);
    },
  );

  it.each([
    ['en', 'another virtual card'],
    ['ja', '別の仮想カードの署名です'],
  ] as const)('is told from that of another virtual card, in %s', async (lang, words) => {
    const card = ['--virtual', file('card.json')];
    const signed = await shown(lang, 'sign', file('a.txt'), '--force', ...PIN(), ...card);
    expect(signed).toContain('jpki verify /a.txt.p7s --virtual /card.json\n');
    expect(await shown(lang, 'verify', file('a.txt'), '--virtual')).toContain(words);
    expect(await shown(lang, 'verify', file('a.txt'), ...card)).not.toContain(words);
  });
});

describe('a command to be run next', () => {
  it.each([
    ['契約書.pdf', '契約書.pdf'],
    ['a b.pdf', 'FILE'],
    ['a$(b).pdf', 'FILE'],
  ])('has the file %j as %s', (path, word) => {
    expect(fileWord(path)).toBe(word);
  });

  it.each<[readonly string[] | undefined, string]>([
    [undefined, ''],
    [[], ' --virtual'],
    [['card.json'], ' --virtual card.json'],
    [['card.state'], ' --virtual=card.state'],
    [['my card.json'], ' --virtual=FILE'],
  ])('has the virtual card %j as %j', (values, words) => {
    expect(sameVirtual(new Options(new Map(values ? [['virtual', values]] : [])))).toBe(words);
  });
});
