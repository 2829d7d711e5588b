/** The help screens: of everything, of a group such as `pin`, and of one subcommand. */
import { version } from '../../package.json';
import type { Arguments } from './arguments.js';
import { COMMANDS } from './commands/index.js';
import type { Command } from './context.js';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type OptionSpec } from './options.js';
import { BLANK, type Line, labelWidth, paragraph, type Row, rows, section } from './terminal/screen.js';
import type { Texts } from './text/index.js';

/** What `--version` or `--help` shows. */
export function wordsOf({ options, topic }: Arguments, texts: Texts): readonly Line[] {
  return options.has('version') ? [paragraph(version, 0)] : helpScreen(topic, texts);
}

function helpScreen(topic: string | undefined, texts: Texts): Line[] {
  const commands = COMMANDS.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  if (commands.length === 0) return overview(texts);
  return [
    ...commands.flatMap((command, i) => [...(i === 0 ? [] : [BLANK]), ...commandHelp(command, texts)]),
    ...commonHelp([...GLOBAL_OPTIONS], texts),
  ];
}

function overview(texts: Texts): Line[] {
  return [
    paragraph(texts.help.about, 0),
    ...section(texts.help.usage, paragraph('jpki COMMAND [OPTIONS]'), paragraph('jpki COMMAND --help')),
    ...section(
      texts.help.commands,
      ...rows(COMMANDS.map(({ name }) => [name, texts.commands[name].summary])),
    ),
    ...commonHelp([...GLOBAL_OPTIONS, 'version'], texts),
    ...section(texts.help.pins, paragraph(texts.help.pinsText)),
    ...section(texts.help.examples, ...exampleLines(texts.help.topExamples)),
  ];
}

function commandHelp({ name, usage, options }: Command, texts: Texts): Line[] {
  const { summary, details = [], examples }: CommandTexts = texts.commands[name];
  return [
    { segments: [{ text: `jpki ${name}`, style: 'bold' }, ` - ${summary}`] },
    ...section(texts.help.usage, paragraph(usage)),
    ...details.flatMap((text) => [BLANK, paragraph(text)]),
    ...(options.length === 0 ? [] : section(texts.help.options, ...optionRows(options, texts))),
    ...section(texts.help.examples, ...exampleLines(examples)),
  ];
}

function commonHelp(globals: readonly OptionName[], texts: Texts): Line[] {
  return [
    ...section(texts.help.globalOptions, ...optionRows(globals, texts)),
    ...section(texts.help.exitCodes, ...rows(Object.entries(texts.exitCodes))),
  ];
}

function optionRows(names: readonly OptionName[], texts: Texts): Line[] {
  const list = names.map((name): Row => {
    const { kind, placeholder, short }: OptionSpec = OPTIONS[name];
    const value =
      placeholder === undefined ? '' : kind === 'optional' ? ` [${placeholder}]` : ` ${placeholder}`;
    return [`${short ? `-${short}, ` : ''}--${name}${value}`, texts.options[name]];
  });
  return rows(list, { width: Math.min(labelWidth(list), 30) });
}

function exampleLines(examples: Readonly<Record<string, string>>): Line[] {
  return Object.entries(examples).flatMap(([command, does]) => [paragraph(command), paragraph(does, 6)]);
}

interface CommandTexts {
  readonly summary: string;
  readonly details?: readonly string[];
  /** What each command line does. */
  readonly examples: Readonly<Record<string, string>>;
}
