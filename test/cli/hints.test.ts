import { unlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileWord, sameVirtual } from '../../src/cli/next-command.js';
import { Options } from '../../src/cli/options.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { pdfOf } from '../pdf/documents.js';
import { jpki, jpkiProcess, noTerminal, Terminal, temporaryFolder, writeCard } from './support.js';

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

describe('a file without a signature', () => {
  beforeAll(() => {
    writeFileSync(file('p.txt'), 'p\n');
    writeFileSync(file('0.csv'), '0001,p\n');
    writeFileSync(file('empty'), '');
    writeFileSync(file('text.p7s'), 'p\n');
    writeFileSync(file('p.pdf'), pdfOf());
  });

  const NONE = {
    en: (name: string) =>
      `No signature of ${name} was found: there is no ${name}.p7s beside it, and ${name} itself is none. (SIGNATURE_INVALID)\n  What to do: Put the .p7s into the same folder, or name both: jpki verify SIGNATURE.p7s --content ${name}\n`,
    ja: (name: string) =>
      `${name} の署名が見つかりません：隣に ${name}.p7s がなく、${name} 自身も署名ファイルではありません。（SIGNATURE_INVALID）\n  対処方法：署名ファイル（.p7s）を同じフォルダーに置くか、「jpki verify 署名.p7s --content ${name}」のように両方を指定してください。\n`,
  };
  const NO_FILE = { en: 'is no signature file.', ja: 'は署名ファイルではありません。' };

  it.each(['en', 'ja'] as const)('is told what was looked for, in %s', async (lang) => {
    for (const name of ['/p.txt', '/0.csv', '/empty'])
      expect(await shown(lang, 'verify', file(name))).toBe(`jpki: ${NONE[lang](name)}`);
    for (const words of [
      ['/text.p7s'],
      ['/p.txt', '--content', file('0.csv')],
      ['/p.pdf', '--out', file('out')],
    ]) {
      const [name = '', ...more] = words;
      expect(await shown(lang, 'verify', file(name), ...more)).toContain(`${name} ${NO_FILE[lang]}`);
    }
  });

  it('is not taken for a message because it begins with the digit 0, or is empty', async () => {
    for (const name of ['0.csv', 'empty']) {
      await shown('en', 'sign', file(name), ...PIN(), '--virtual', '--force');
      expect((await jpki(['verify', file(name), '--virtual'])).status).toBe(0);
      unlinkSync(file(`${name}.p7s`));
    }
  });

  it.each([
    ['en', 'There is no signature, neither in the PDF nor in a .p7s beside it.\n'],
    ['ja', '署名がありません（PDF の中にも、隣の /p.pdf.p7s にも）。\n'],
  ] as const)('is told of a PDF without one, in %s', async (lang, text) => {
    expect(await shown(lang, 'verify', file('p.pdf'))).toBe(text);
  });

  it('that is broken is told in one language', async () => {
    writeFileSync(file('broken.p7s'), Buffer.from('3082010002', 'hex'));
    expect(await shown('ja', 'verify', file('broken.p7s'))).not.toMatch(/[a-z]{2,} [a-z]{2,}/);
  });

  it.each([
    ['en', 'There is no /gone.txt. Put the signed file there, or name it: ', 'Name the signed file: '],
    ['ja', '/gone.txt がありません。', '署名の対象ファイルを次のように指定してください：'],
  ] as const)(
    'that has it elsewhere is told how to bring the two together, in %s',
    async (lang, beside, unnamed) => {
      writeFileSync(file('gone.txt'), 'gone\n');
      for (const name of ['gone.txt.p7s', 'gone.sig'])
        await shown(lang, 'sign', file('gone.txt'), '--out', file(name), '--force', ...PIN(), '--virtual');
      unlinkSync(file('gone.txt'));
      const told = await shown(lang, 'verify', file('gone.txt.p7s'), '--virtual');
      expect(told).toContain(beside);
      expect(told).toContain('jpki verify /gone.txt.p7s --content FILE --virtual\n');
      expect(await shown(lang, 'verify', file('gone.sig'))).toContain(
        `${unnamed}jpki verify /gone.sig --content FILE\n`,
      );
    },
  );
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

describe.skipIf(noTerminal())('the PIN of a virtual card', () => {
  const TEXT = {
    en: (pin: string) => `Virtual card: its PIN is ${pin} unless you changed it.`,
    ja: (pin: string) => `仮想カードの暗証番号は、変更していなければ ${pin} です。`,
  };

  it.each([
    ['en', 'sign', VIRTUAL_PINS.sign, 'PIN: '],
    ['ja', 'sign', VIRTUAL_PINS.sign, '暗証番号: '],
    ['en', 'auth', VIRTUAL_PINS.auth, 'PIN: '],
    ['ja', 'text', VIRTUAL_PINS['input-support'], '暗証番号: '],
    ['en', 'registry', VIRTUAL_PINS.registry, 'PIN: '],
  ] as const)('stands at its question: %s %s', async (lang, role, pin, question) => {
    const terminal = new Terminal(['pin', 'verify', role, '--virtual', '--lang', lang]);
    await terminal.answer([question, pin]);
    const { status, screen } = await terminal.finish();
    expect(status).toBe(0);
    expect(screen).toContain(`${TEXT[lang](pin)}\n`);
  });
});

describe('without a reader and a service', () => {
  const elsewhere = { PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd.comm' };

  it.each([
    ['en', 'It works without a card too: jpki recover --no-card --sign locked --auth known'],
    ['ja', 'カードがなくても調べられます：jpki recover --no-card --sign locked --auth known'],
  ])('recover says how it works without a card, in %s', async (lang, text) => {
    const { status, stderr } = await jpkiProcess(['recover', '--lang', lang], { env: elsewhere });
    expect(status).toBe(3);
    expect(stderr).toContain(`${text}\n`);
    const json = await jpkiProcess(['recover', '--json', '--lang', lang], { env: elsewhere });
    expect(JSON.parse(json.stderr).error.remedy).toContain(text);
  });

  it.each([
    ['en', 'The card was saved in /kept.json; without the PC/SC service it can be used so: '],
    ['ja', 'カードは /kept.json に保存しました。PC/SC サービスなしでも次のように使えます：'],
  ] as const)('emulate says what its file is good for, in %s', async (lang, text) => {
    const state = ['--state', file('kept.json'), '--locked', 'sign'];
    const told = await shown(lang, 'emulate', ...state, '--host', '127.0.0.1', '--port', '1');
    expect(told).toContain(`${text}jpki status --virtual=/kept.json\n`);
    const { stdout } = await jpki(['status', `--virtual=${file('kept.json')}`, '--json']);
    expect(JSON.parse(stdout).pins.sign.locked).toBe(true);
  });
});

describe('words that are wrong', () => {
  it.each([
    ['en', ['pin', 'verify', '4871'], 'remove it from the history of your shell'],
    ['ja', ['pin', 'verify', 'auth', '4871'], 'シェルの履歴に残っている場合は消してください。'],
    [
      'ja',
      ['pin', 'verify', 'face'],
      'auth＝利用者証明用、sign＝署名用、text＝券面事項入力補助用、registry＝住民基本台帳用',
    ],
    ['ja', ['status', '--locked', 'sign'], 'オプション --locked は「jpki emulate」のものです。'],
    ['ja', ['unlock'], '「unlock」というコマンドはありません。'],
    ['ja', ['status', '--virtual', 'card.txt'], '--virtual=FILE'],
    ['ja', ['sign', 'my', 'a.pdf'], '引用符'],
  ] as const)('say what was meant, in %s: %j', async (lang, args, text) => {
    const told = await shown(lang, ...args, ...(args[0] === 'pin' ? ['--pin-file', file('pin')] : []));
    expect(told).toContain(text);
    expect(told).not.toContain('4871');
  });
});

describe('a PIN that is changed', () => {
  const change = async (lang: string, pins: string, ...card: string[]) => {
    const args = ['pin', 'change', 'auth', '--pin-file', '-', '--lang', lang, '--virtual', ...card];
    const { stdout, stderr } = await jpki(args, { input: pins });
    return stdout + stderr;
  };

  it.each([
    ['en', 'The virtual card was not kept; --virtual FILE keeps it.\n'],
    ['ja', '仮想カードは保存していません。残すには --virtual FILE を付けてください。\n'],
  ])('on a virtual card that is not kept is said to be lost, in %s', async (lang, text) => {
    expect(await change(lang, '1234\n8642\n')).toContain(text);
    expect(await change(lang, '1234\n8642\n', '--json')).not.toContain(text);
    await writeCard(file('changed.json'));
    expect(await change(lang, '1234\n8642\n', file('changed.json'))).not.toContain(text);
  });

  it.each([
    ['en', 'What to do: Choose another one.\n'],
    ['ja', '対処方法：現在と違う番号を選んでください。\n'],
  ])('to the same one: another is to be chosen, in %s', async (lang, text) => {
    expect(await change(lang, '1234\n1234\n')).toContain(text);
  });
});

describe.skipIf(noTerminal())('before a signature that names the holder', () => {
  it.each([
    ['en', ['a.txt'], 'The signature carries your name, address, birth date and sex.\n'],
    ['ja', ['a.pdf', '--pdf'], '署名には氏名・住所・生年月日・性別が含まれ、受け取った人に伝わります。\n'],
  ] as const)('it is said, in %s', async (lang, [name, ...more], text) => {
    writeFileSync(file(name), name === 'a.pdf' ? pdfOf() : 'a\n');
    const args = ['sign', file(name), ...more, '--out', file('named'), '--force', '--virtual'];
    const terminal = new Terminal([...args, '--lang', lang]);
    await terminal.answer([lang === 'en' ? 'PIN: ' : '暗証番号: ', VIRTUAL_PINS.sign]);
    const { status, screen } = await terminal.finish();
    expect([status, screen.split(text).length]).toEqual([0, 2]);
  });
});
