/** The manual pages that the build makes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { OPTIONS } from '../../src/cli/options.js';
import { run } from '../package/install.js';
import { compiled } from '../support/compiled.js';
import { requireTools } from '../support/tools.js';
import { temporaryFolder } from './support.js';

const file = temporaryFolder();
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const made = run(process.execPath, [compiled('src/cli/man-page.ts'), file('')], ROOT);

describe.each([
  ['jpki', 'Exit codes'],
  ['jpki-ja', '終了コード'],
])('%s(1)', (name, exitCodes) => {
  const page = async (): Promise<string> => {
    expect(await made).toMatchObject({ status: 0, stderr: '' });
    return readFileSync(file(`${name}.1`), 'utf8');
  };

  it('has every subcommand, option and exit code', async () => {
    // A bare hyphen is set as one of a text, and what is copied from the page is no option.
    expect(await page()).toContain('\\-\\-all\\-pins');
    const text = (await page()).replaceAll('\\-', '-');
    for (const command of COMMANDS) expect(text).toContain(`.SS "jpki ${command.name}"`);
    for (const option of Object.keys(OPTIONS))
      expect(text).toMatch(new RegExp(`^\\\\fB(-., )?--${option}\\b`, 'm'));
    expect(text).toContain(exitCodes.toUpperCase());
  });

  it('has no line that is a command by mistake', async () => {
    const commands = (await page()).split('\n').filter((line) => /^[.']/.test(line));
    expect(commands.filter((line) => !/^\.(TH|SH|SS) "|^\.(TP|PP|br|ad l)$/.test(line))).toEqual([]);
  });

  it.skipIf(requireTools(['groff'], 'groff-base'))('is in order for groff', async () => {
    await page();
    const { status, stdout, stderr } = await run(
      'groff',
      ['-man', '-Tutf8', '-Kutf8', '-ww', file(`${name}.1`)],
      ROOT,
    );
    expect(status).toBe(0);
    // Of a language without spaces troff says that it cannot break lines.
    expect(
      stderr.split('\n').filter((line) => line !== '' && !/can't break line|cannot adjust line/.test(line)),
    ).toEqual([]);
    expect(stdout).toContain('VIRTUAL1');
  });
});
