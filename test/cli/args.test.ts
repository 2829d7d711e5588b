import { describe, expect, it } from 'vitest';
import { type Arguments, parseArguments } from '../../src/cli/arguments.js';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { en } from '../../src/cli/text/en.js';
import { jpki } from './support.js';

const parse = (line: string): Arguments => parseArguments(line.split(' ').filter((word) => word !== ''));
const messageOf = (line: string): string | undefined => parse(line).error?.what(en);

describe('a command line', () => {
  it('names a subcommand of one word or two, wherever options stand', () => {
    expect(parse('status').command?.name).toBe('status');
    expect(parse('--lang ja --json status').command?.name).toBe('status');
    expect(parse('pin --json change auth').command?.name).toBe('pin change');
    expect(parse('pin change auth').operands).toEqual(['auth']);
  });

  it('takes values with a space or an equals sign, and of one given twice the last', () => {
    expect(parse('status --reader=A').options.value('reader')).toBe('A');
    expect(parse('status --reader A --reader B').options.value('reader')).toBe('B');
    expect(parse('emulate --tries auth=1 --tries sign=2').options.values('tries')).toEqual([
      'auth=1',
      'sign=2',
    ]);
  });

  it('takes "-" as a value: it is standard input', () => {
    expect(parse('pin verify auth --pin-file -').error).toBeUndefined();
    expect(parse('pin verify auth --pin-file -').options.value('pin-file')).toBe('-');
  });

  it.each([
    ['status --virtual', undefined, 0],
    ['status --virtual card.json', 'card.json', 0],
    ['status --virtual=card.state', 'card.state', 0],
    ['--virtual status', undefined, 0],
    ['--virtual card.json status', 'card.json', 0],
    ['sign --virtual contract.pdf', undefined, 1],
    ['sign contract.json --virtual', undefined, 1],
  ])('takes a state file for the virtual card only where it is clear: %s', (line, file, operands) => {
    const { options, error, operands: words } = parse(line);
    expect(error).toBeUndefined();
    expect(options.has('virtual')).toBe(true);
    expect(options.value('virtual')).toBe(file);
    expect(words).toHaveLength(operands);
  });

  it('shows help for a subcommand, a group or everything, with or without what else it needs', () => {
    for (const line of ['pin verify --help', 'help pin verify', 'pin verify -h']) {
      expect(parse(line)).toMatchObject({ topic: 'pin verify', error: undefined });
      expect(parse(line).options.has('help')).toBe(true);
    }
    expect(parse('help')).toMatchObject({ topic: undefined, error: undefined });
    expect(parse('help cert')).toMatchObject({ topic: 'cert', error: undefined });
  });

  it.each([
    ['status --unknown', 'Unknown option --unknown.'],
    ['status --reeder x', 'Unknown option --reeder. Did you mean --reader?'],
    ['status --out x', '--out belongs to "jpki cert export", "jpki sign", "jpki verify".'],
    ['status --locked sign', '--locked belongs to "jpki emulate".'],
    ['readers --pin-file x', expect.stringMatching(/^--pin-file belongs to "jpki cert show", /)],
    ['status --version', 'Unknown option --version.'],
    ['status -x', 'Unknown option -x.'],
    ['status -v', 'Unknown option -v.'],
    ['status -qx7tq2mn', 'Unknown option.'],
    ['status -4', 'Unknown option.'],
    ['status --reader', 'The option --reader needs a value.'],
    ['status --reader --json', 'The option --reader needs a value.'],
    ['status --reader=', 'The option --reader needs a value.'],
    ['status --virtual=', 'The option --virtual needs a value.'],
    ['status --json=yes', 'The option --json takes no value.'],
    ['status more', 'There are more words than this command takes.'],
    ['pin verify auth more', 'There are more words than this command takes.'],
    ['pin verify', en.arguments.whichPin],
    ['pin change', en.arguments.whichPin],
    ['cert export', en.arguments.whichCertificate],
    ['completion', 'Say which one: bash|zsh|fish.'],
    ['sign', 'The name of a file is missing.'],
    ['ssh-agent --', 'Something is missing.'],
    ['pin verify auth 4871', en.arguments.noPinHere],
    ['pin change sign qx7tq2mn', en.arguments.noPinHere],
    ['pin verify auth ４８７１', en.arguments.noPinHere],
    ['pin 4871', en.arguments.noPinHere],
    ['4871', en.arguments.noPinHere],
    [
      'status --virtual card.txt',
      `There are more words than this command takes. ${en.arguments.virtualFile}`,
    ],
    ['sign my contract.pdf', `There are more words than this command takes. ${en.arguments.quoteSpaces}`],
    ['unlock', 'There is no "unlock". "jpki recover" shows the ways out of a locked PIN.'],
    ['reset sign', 'There is no "reset". "jpki recover" shows the ways out of a locked PIN.'],
    ['pin unlock auth', 'There is no "unlock". "jpki recover" shows the ways out of a locked PIN.'],
    ['pin reset', 'There is no "reset". "jpki recover" shows the ways out of a locked PIN.'],
    ['forgot', 'There is no "forgot". "jpki recover" shows the ways out of a locked PIN.'],
    ['change', 'There is no such command. Did you mean "jpki pin change"?'],
    ['stauts', 'There is no such command. Did you mean "jpki status"?'],
    ['pin chagne auth', 'There is no such command. Did you mean "jpki pin change"?'],
    ['xyzzy', 'There is no such command.'],
    ['help xyzzy', 'There is no such command.'],
    ['cert', undefined],
  ])('that is wrong is a usage error which says why: %s', (line, message) => {
    expect(messageOf(line)).toEqual(message);
  });

  it('shows the usage line of the subcommand that comes nearest', () => {
    expect(parse('pin verify').error?.help).toEqual([
      'jpki pin verify auth|sign|text|registry [--pin-file PATH]',
      'jpki pin verify --help',
    ]);
    expect(parse('stauts').error?.help[1]).toBe('jpki status --help');
    expect(parse('--unknown').error?.help).toEqual(['jpki COMMAND [OPTIONS]', 'jpki --help']);
  });

  it('never has a value said back, in either language: it may be a PIN', async () => {
    const pins = ['4871', 'QX7TQ2MN', 'qx7tq2mn'];
    const lines = pins.flatMap((pin) => [
      ...[
        `pin verify auth --pin ${pin}`,
        `pin verify auth --pin=${pin}`,
        `pin verify auth --password ${pin}`,
      ],
      ...[`pin verify auth ${pin}`, `pin verify ${pin}`, `pin ${pin}`, pin, `pin verify auth --${pin}`],
      ...[`pin verify auth -${pin}`, `pin verify auth --pin-file ${pin}`, `cert show ${pin}`],
      ...[`status --timeout ${pin}x`, `status --lang ${pin}`, `status --json=${pin}`, `status ${pin}`],
      ...[
        `emulate --tries ${pin}`,
        `emulate --quirk ${pin}`,
        `emulate --locked ${pin}`,
        `recover --auth ${pin}`,
      ],
    ]);
    for (const line of lines) {
      for (const extra of [[], ['--lang', 'ja'], ['--json']]) {
        const { status, stdout, stderr } = await jpki([...extra, ...line.split(' ')]);
        expect([1, 2], line).toContain(status);
        for (const pin of pins) expect(stdout + stderr, line).not.toContain(pin);
      }
    }
  });

  it('with a PIN on it is told that PINs are not taken there', () => {
    for (const line of ['pin verify auth --pin 4871', 'pin verify auth --pin=4871', 'status --password x'])
      expect(messageOf(line)).toMatch(/^A PIN is never taken from the command line/);
  });
});

describe('a usage error', () => {
  it('exits with 2 and leaves standard output empty', async () => {
    for (const args of [['--json'], ['pin'], ['status', '--nope'], ['pin', 'verify', 'both']]) {
      const { status, stdout, stderr } = await jpki(args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(args.includes('--json') ? /"code": "USAGE"/ : /^jpki: .+\n {2}Usage: jpki /);
    }
  });

  it('with --json is one object on standard error', async () => {
    const { status, stdout, stderr } = await jpki(['status', '--json', '--nope']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(Object.keys(JSON.parse(stderr).error)).toEqual(['code', 'message', 'remedy']);
    expect(JSON.parse(stderr).error.code).toBe('USAGE');
  });
});

describe('jpki alone', () => {
  it('shows the commands', async () => {
    const { status, stdout, stderr } = await jpki([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe((await jpki(['--help'])).stdout);
  });
});

describe('the help', () => {
  it('of every subcommand has usage, examples and exit codes in both languages', async () => {
    for (const { name, usage, options } of COMMANDS) {
      for (const [language, ...headings] of [
        ['en', 'Usage', 'Examples', 'Exit codes'],
        ['ja', '使い方', '例', '終了コード'],
      ] as const) {
        const { status, stdout, stderr } = await jpki([...name.split(' '), '--help', '--lang', language]);
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        for (const text of [...headings, usage, ...options.map((option) => `--${option}`)])
          expect(stdout).toContain(text);
        for (const option of options)
          expect(stdout).toMatch(new RegExp(`^  --${option}( \\S+)?( {2,}\\S|\\n {10,}\\S)`, 'm'));
      }
    }
  });

  it('shows only examples that the command would understand', async () => {
    const { stdout } = await jpki(['--help']);
    const pages = [stdout];
    for (const { name } of COMMANDS) pages.push((await jpki([...name.split(' '), '--help'])).stdout);
    const examples = pages.flatMap((page) => page.split('Examples\n')[1]?.match(/^ {2}jpki .*$/gm) ?? []);
    expect(examples.length).toBeGreaterThan(COMMANDS.length);
    for (const example of examples)
      expect(parseArguments(example.trim().split(' ').slice(1)).error, example).toBeUndefined();
  });
});
