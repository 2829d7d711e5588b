#!/usr/bin/env node
/**
 * The `jpki` command. What only shows words, `--help` and `--version`, needs neither the library nor an orderly end, which
 * together are half of its start.
 */
import { parseArguments } from './arguments.js';
import { Screen } from './terminal/screen.js';
import { languageOf, wordsIn } from './text/index.js';

async function main(args: readonly string[]): Promise<void> {
  const given = parseArguments(args);
  if (given.wantsWords) {
    const out = new Screen(process.stdout, process.env);
    const { texts } = wordsIn(languageOf(given.options.value('lang'), process.env));
    const { wordsOf } = await import('./help.js');
    out.lines(wordsOf(given, texts));
    if ((await out.settled()) === undefined) return;
    // An output that fails is told by the one who tells every failure.
  }
  const { runCommand } = await import('./process.js');
  await runCommand(args);
}

void main(process.argv.slice(2));
