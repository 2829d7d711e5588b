import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, it, vi } from 'vitest';
import { noTerminal, Terminal, temporaryFolder, withoutPublicPin, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
/** In no text of the command, no path, no process id. */
const PART = '§¶';
const EARLY = '§¶ß¤';

const triesLeft = (card: string): number =>
  JSON.parse(readFileSync(file(`${card}.json`), 'utf8')).applications.jpki[AUTH].triesLeft;

const words = (args: string, card: string) => [...args.split(' '), '--virtual', file(`${card}.json`)];
const LANG = { LANG: 'C.UTF-8', NO_COLOR: '1' };

/** What a shell with job control does, in a script: a job that says its process id, what comes after it, and `fg`. */
const asJob = (command: string, afterwards: string) => `set -m
  sh -c 'echo "pid $$;"; exec "$@"' sh ${command}
  echo "status $?,"; stty -a; ${afterwards}`;
/** Shells that edit their command lines set other modes while the job is stopped. */
const STOPPED = `stty sane; echo "stopped."; read line; echo "[$line]"; fg; echo "ended $?."`;

/** The pieces of what was typed that are on the screen. */
const shown = (screen: string) =>
  [PART, ...EARLY, '1234'].filter((piece) =>
    withoutPublicPin(screen)
      .replaceAll(/pid \d+;/g, '')
      .includes(piece),
  );

async function pidOf(terminal: Terminal): Promise<number> {
  await terminal.waitFor('pid ');
  await terminal.waitFor(';');
  return Number(/pid (\d+);/.exec(terminal.output)?.[1]);
}

const PATIENCE = { timeout: 20_000, interval: 50 };

/** The letter of its state (proc(5)): T stopped, Z ended, though nobody may have waited for it yet. */
function stateOf(pid: number): string {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';
  } catch {
    return 'Z';
  }
}

describe.skipIf(noTerminal()).concurrent('a command that is stopped and goes on', () => {
  const cards = ['key', 'tstp', 'stop', 'ttin'].flatMap((how) => [how, `${how}-yes`]);
  beforeAll(async () => {
    for (const card of cards)
      await writeCard(file(`${card}.json`), card.endsWith('yes') ? { [AUTH]: 1 } : {});
    for (const card of ['alone', 'killed', 'background', 'twice']) await writeCard(file(`${card}.json`));
  });

  const ways: Record<string, (terminal: Terminal, pid: number) => unknown> = {
    key: (terminal) => terminal.type('\u001a'),
    tstp: (_terminal, pid) => process.kill(pid, 'SIGTSTP'),
    stop: (_terminal, pid) => process.kill(pid, 'SIGSTOP'),
    ttin: (_terminal, pid) => process.kill(pid, 'SIGTTIN'),
  };

  for (const [how, stop] of Object.entries(ways)) {
    for (const [card, question] of [
      [how, 'PIN: '],
      [`${how}-yes`, 'anything else to stop: '],
    ] as const) {
      it(`(by ${how}) asks again at ${JSON.stringify(question)}, forgets what was typed, and shows nothing`, async ({
        expect,
      }) => {
        const terminal = new Terminal(words('pin verify auth', card), LANG, (command) =>
          asJob(command, STOPPED),
        );
        const pid = await pidOf(terminal);
        await terminal.waitFor(question);
        terminal.type(PART);
        await terminal.waitFor('**');
        stop(terminal, pid);
        await terminal.waitFor('stopped.');
        terminal.type('\r');
        await terminal.waitFor(question);
        if (question === 'PIN: ') terminal.type('1234\r');
        else await terminal.answer(['', 'yes'], ['PIN: ', '1234']);
        await terminal.waitFor('ended 0.');
        const { screen } = await terminal.finish();
        expect(shown(screen)).toEqual([]);
        expect(screen).toContain('[]');
        expect(triesLeft(card)).toBe(3);
        // Signals that nobody can catch leave the modes as they are.
        if (how === 'key' || how === 'tstp') {
          expect(screen).toMatch(/status 148,/);
          expect(screen).toMatch(/ icanon.* echo /s);
        }
      });
    }
  }

  it('can be stopped again', async ({ expect }) => {
    const terminal = new Terminal(words('pin verify auth', 'twice'), LANG, (command) =>
      asJob(command, `${STOPPED}; echo "again."; fg; echo "ended $?."`),
    );
    await terminal.waitFor('PIN: ');
    terminal.type(`${PART}\u001a${EARLY}`);
    await terminal.waitFor('stopped.');
    terminal.type('\r');
    await terminal.waitFor('PIN: ');
    terminal.type('\u001a');
    await terminal.waitFor('again.');
    await terminal.answer(['PIN: ', '1234']);
    await terminal.waitFor('ended 0.');
    const { screen } = await terminal.finish();
    expect(screen).toContain('[]');
    expect(shown(screen)).toEqual([]);
  });

  it('in the background waits to be brought back, and leaves the terminal alone', async ({ expect }) => {
    const script = `stty sane; bg; stty -a; echo "behind."; read line; fg; echo "ended $?."`;
    const terminal = new Terminal(words('pin verify auth', 'background'), LANG, (command) =>
      asJob(command, script),
    );
    const pid = await pidOf(terminal);
    await terminal.waitFor('PIN: ');
    terminal.type(`${PART}\u001a`);
    await terminal.waitFor('behind.');
    await vi.waitFor(() => expect(stateOf(pid)).toBe('T'), PATIENCE);
    terminal.type('\r');
    await terminal.answer(['PIN: ', '1234']);
    await terminal.waitFor('ended 0.');
    const { screen } = await terminal.finish();
    expect(shown(screen)).toEqual([]);
    expect(screen).not.toContain('-icanon');
  });

  it.for([
    ['key', 'TERM', 143],
    ['key', 'HUP', 129],
    ['stop', 'TERM', 143],
    ['stop', 'HUP', 129],
  ] as const)(
    '(by %s) and is told to end by SIG%s while it is stopped ends, and leaves the terminal alone',
    async ([how, signal, code], { expect }) => {
      // A shell that has stopped a job learns of its end while it waits for another, and may hear of that one first: it then
      // says once more that the job is stopped (148).
      const learn =
        'for i in 1 2 3 4 5 6 7 8 9; do sleep 0; wait %1; code=$?; [ $code -eq 148 ] || break; done';
      const script = `stty sane; kill -${signal} %1; kill -CONT %1; read line; ${learn}; echo "ended $code."; stty -a; echo "done."`;
      const terminal = new Terminal(words('pin verify auth', 'killed'), LANG, (command) =>
        asJob(command, script),
      );
      const pid = await pidOf(terminal);
      await terminal.waitFor('PIN: ');
      terminal.type(PART);
      await terminal.waitFor('**');
      ways[how]?.(terminal, pid);
      await terminal.waitFor('status');
      await vi.waitFor(() => expect(stateOf(pid)).toBe('Z'), PATIENCE);
      terminal.type('\r');
      await terminal.waitFor('done.');
      const { screen } = await terminal.finish();
      expect(screen.slice(screen.lastIndexOf('status'))).toMatch(/ icanon.* echo .*done\./s);
      expect(screen).toContain(`ended ${code}.`);
      expect(triesLeft('killed')).toBe(3);
    },
  );

  it('by Ctrl-Z where no shell could wake it is not stopped, and asks again', async ({ expect }) => {
    const terminal = new Terminal(words('pin verify auth', 'alone'), LANG);
    await terminal.waitFor('PIN: ');
    terminal.type(`${PART}\u001a`);
    await terminal.answer(['PIN: ', '1234']);
    const { status, screen } = await terminal.finish();
    expect(status).toBe(0);
    expect(shown(screen)).toEqual([]);
  });
});

/** Text of a module that is loaded before the command. */
const preload = (module: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}`,
});

describe.skipIf(noTerminal()).concurrent('what is typed when it is not asked for', () => {
  beforeAll(async () => {
    for (const card of ['right', 'format', 'asked', 'none']) await writeCard(file(`${card}.json`));
    for (const card of ['yes', 'pasted']) await writeCard(file(`${card}.json`), { [AUTH]: 1 });
  });

  /**
   * The command does nothing, while it writes this text, until the file is there: what is typed is not read. The terminal
   * shows it meanwhile, which is how a test knows that it has arrived.
   */
  const busyAt = (text: string, until: string) =>
    preload(`import { spawnSync } from 'node:child_process';
      import { existsSync } from 'node:fs';
      const stty = (mode) => spawnSync('stty', [mode], { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' });
      const isRaw = () => stty('-a').stdout.includes('-icanon');
      const waited = new Int32Array(new SharedArrayBuffer(4));
      for (const stream of [process.stdout, process.stderr]) {
        const write = stream.write.bind(stream);
        stream.write = (chunk, ...rest) => {
          const done = write(chunk, ...rest);
          if (String(chunk).includes(${JSON.stringify(text)})) {
            stty('echo');
            write('busy.');
            while (!existsSync(${JSON.stringify(until)})) Atomics.wait(waited, 0, 0, 5);
            stty(isRaw() ? '-echo' : 'echo');
          }
          return done;
        };
      }`);

  /** What a shell would get to read, between the angle brackets. */
  const leftOver = (command: string) =>
    `${command}; status=$?; stty raw -echo min 0 time 0; printf '<'; cat; printf '>'; exit $status`;

  it.for([
    ['right', '1234\r', 'is right.', 0],
    ['format', '12\r12\r12\r', 'No usable PIN', 4],
    ['format', '\u0003', 'aborted', 130],
    ['format', '\u0004', 'aborted', 130],
  ] as const)(
    'does not reach the shell when it ends with %j after %j',
    async ([card, typed, text, status], { expect }) => {
      const typedToo = file(`typed-${status}-${typed.charCodeAt(0)}`);
      const env = { ...LANG, ...busyAt(text, typedToo) };
      const terminal = new Terminal(words('pin verify auth', card), env, leftOver);
      for (const line of typed.split(/(?<=\r)/)) {
        await terminal.waitFor('PIN: ');
        terminal.type(line);
      }
      await terminal.waitFor('busy.');
      terminal.type('late\rlater');
      await terminal.waitFor('later');
      writeFileSync(typedToo, '');
      const { status: exit, screen } = await terminal.finish();
      expect(screen).toContain('<>');
      expect(exit).toBe(status);
    },
  );

  it('answers no question that was not there yet', async ({ expect }) => {
    const typedToo = file('typed-ahead');
    const env = { ...LANG, ...busyAt('Tries left', typedToo) };
    const terminal = new Terminal(words('pin verify auth', 'asked'), env);
    await terminal.waitFor('busy.');
    terminal.type('9999\r9998\r');
    await terminal.waitFor('9998');
    writeFileSync(typedToo, '');
    await terminal.answer(['PIN: ', '1234']);
    const { status, screen } = await terminal.finish();
    expect(status).toBe(0);
    expect(screen).toContain('PIN: ****\nThe user authentication PIN is right.');
  });

  it('is not sent as the PIN when it was typed in one go with the yes', async ({ expect }) => {
    const terminal = new Terminal(words('pin verify auth', 'pasted'), LANG);
    await terminal.waitFor('stop: ');
    terminal.type(`yes\r9999\r${EARLY}\r`);
    await terminal.waitFor('PIN: ');
    terminal.type('\u0003');
    const { status, screen } = await terminal.finish();
    expect(status).toBe(130);
    expect(shown(screen)).toEqual([]);
    expect(triesLeft('pasted')).toBe(1);
  });

  it('is no yes when it is the PIN, and not shown', async ({ expect }) => {
    const terminal = new Terminal(words('pin verify auth', 'yes'), LANG);
    await terminal.answer(['stop: ', '1234']);
    const { status, screen } = await terminal.finish();
    expect(status).toBe(5);
    expect(shown(screen)).toEqual([]);
    expect(triesLeft('yes')).toBe(1);
  });

  it.each(['no PIN: ', 'ではありません）: '])(
    'is not shown at %j, where it is likely to be a PIN',
    async (question) => {
      const env = { ...LANG, LANG: question === 'no PIN: ' ? 'C.UTF-8' : 'ja_JP.UTF-8' };
      const terminal = new Terminal(['recover', '--no-card'], env);
      await terminal.answer([question, '1234'], [question, EARLY], [question, '4'], [question, '1234']);
      await terminal.answer([question, '']);
      const { screen } = await terminal.finish();
      if (shown(screen).length > 0) throw new Error(screen);
    },
  );

  it('is left to the terminal by a command that never asks', async ({ expect }) => {
    const typedToo = file('typed-status');
    const env = { ...LANG, ...busyAt('Card', typedToo) };
    const terminal = new Terminal(words('status', 'none'), env, leftOver);
    await terminal.waitFor('busy.');
    terminal.type('ls\r');
    await terminal.waitFor('ls');
    writeFileSync(typedToo, '');
    const { status, screen } = await terminal.finish();
    expect(status).toBe(0);
    expect(screen).toContain('<ls\n>');
  });
});

describe.skipIf(noTerminal()).concurrent('the modes of the terminal', () => {
  beforeAll(() => writeCard(file('modes.json')));

  const onWindowChange = (what: string) => preload(`process.on('SIGWINCH', () => { ${what} });`);

  it.for([
    ['SIGTERM', 'SIGTERM', {}],
    ['SIGHUP', 'SIGHUP', {}],
    ['SIGINT from elsewhere', 'SIGINT', {}],
    ['an error that nobody expected', 'SIGWINCH', onWindowChange(`throw new Error('a bug')`)],
    ['a rejection that nobody handles', 'SIGWINCH', onWindowChange(`Promise.reject(new Error('a bug'))`)],
    ['process.exit', 'SIGWINCH', onWindowChange('process.exit(7)')],
  ] as const)('are as they were before, after %s', async ([, signal, env], { expect }) => {
    const terminal = new Terminal(
      words('pin verify auth', 'modes'),
      { ...LANG, ...env },
      (command) => `stty -a; sh -c 'echo "pid $$;"; exec "$@"' sh ${command}; echo "over."; stty -a`,
    );
    const pid = await pidOf(terminal);
    await terminal.waitFor('PIN: ');
    process.kill(pid, signal);
    await terminal.waitFor('over.');
    const { screen } = await terminal.finish();
    const modes = screen.split(/pid .*over\.\n/s);
    expect(modes[0]).toMatch(/ icanon.* echo /s);
    expect(modes[1]).toBe(modes[0]);
  });
});

describe.skipIf(noTerminal()).concurrent('a terminal that goes away', () => {
  beforeAll(() => writeCard(file('away.json')));

  it.for([
    ['PIN: ', 'pin verify auth', ''],
    ['no PIN: ', 'recover', ''],
    // Without a signal: the end of the input is all that is seen of it.
    ['PIN: ', 'pin verify auth', 'setsid '],
  ] as const)('at %j ends jpki %s without a core file (%s)', async ([question, args, before], { expect }) => {
    const ended = file(`ended-${before}${args.replaceAll(' ', '-')}`);
    // The shell lives on to say what became of the command; Node.js listens to the signal all the same.
    const terminal = new Terminal(
      words(args, 'away'),
      LANG,
      (command) => `trap '' HUP; ${before}${command}; echo "$?." > '${ended}'`,
    );
    await terminal.waitFor(question);
    terminal.type(PART);
    await terminal.waitFor('**');
    process.kill(terminal.pid, 'SIGKILL');
    await vi.waitFor(() => expect(readFileSync(ended, 'utf8')).toContain('.'), PATIENCE);
    expect(['129.\n', '130.\n']).toContain(readFileSync(ended, 'utf8'));
    expect(triesLeft('away')).toBe(3);
  });
});
