/** The help screens: of everything, of a group such as `pin`, and of one subcommand. */
import type { BilingualText, Language } from '../errors.js';
import { COMMANDS, type Command } from './commands.js';
import { EXIT_TEXTS } from './exit-codes.js';
import { BLANK, heading, labelWidth, paragraph, type Row, rows } from './layout.js';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type OptionSpec } from './options.js';
import type { Line } from './screen.js';
import { COMMAND_TEXTS, HELP_TEXTS as TEXT } from './texts-help.js';

type Say = (text: BilingualText) => string;

export function helpScreen(topic: string | undefined, language: Language): Line[] {
  const say: Say = (text) => text[language];
  const commands = COMMANDS.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  if (commands.length === 0) return overview(say);
  return [
    ...commands.flatMap((command, i) => [...(i === 0 ? [] : [BLANK]), ...commandHelp(command, say)]),
    ...commonHelp([...GLOBAL_OPTIONS], say),
  ];
}

function overview(say: Say): Line[] {
  const list = COMMANDS.map(({ name }): Row => {
    return { label: name, values: [say(textsOf(name).summary)] };
  });
  return [
    paragraph(say(TEXT.about), 0),
    BLANK,
    heading(say(TEXT.usage)),
    paragraph('jpki COMMAND [OPTIONS]'),
    paragraph('jpki COMMAND --help'),
    BLANK,
    heading(say(TEXT.commands)),
    ...rows(list),
    ...commonHelp([...GLOBAL_OPTIONS, 'version'], say),
    BLANK,
    heading(say(TEXT.pins)),
    paragraph(say(TEXT.pinsText)),
    BLANK,
    heading(say(TEXT.examples)),
    ...exampleLines(TEXT.topExamples, say),
  ];
}

function commandHelp({ name, usage, options }: Command, say: Say): Line[] {
  const { summary, details, examples } = textsOf(name);
  return [
    { segments: [{ text: `jpki ${name}`, style: 'bold' }, ` - ${say(summary)}`] },
    BLANK,
    heading(say(TEXT.usage)),
    paragraph(usage),
    ...details.flatMap((text) => [BLANK, paragraph(say(text))]),
    ...(options.length === 0 ? [] : [BLANK, heading(say(TEXT.options)), ...optionRows(options, say)]),
    BLANK,
    heading(say(TEXT.examples)),
    ...exampleLines(examples, say),
  ];
}

function commonHelp(globals: readonly OptionName[], say: Say): Line[] {
  const codes = Object.entries(EXIT_TEXTS).map(([code, text]): Row => ({ label: code, values: [say(text)] }));
  return [
    BLANK,
    heading(say(TEXT.globalOptions)),
    ...optionRows(globals, say),
    BLANK,
    heading(say(TEXT.exitCodes)),
    ...rows(codes),
  ];
}

function optionRows(names: readonly OptionName[], say: Say): Line[] {
  const list = names.map((name): Row => {
    const { kind, placeholder, short, text }: OptionSpec = OPTIONS[name];
    const value =
      placeholder === undefined ? '' : kind === 'optional' ? ` [${placeholder}]` : ` ${placeholder}`;
    return { label: `${short ? `-${short}, ` : ''}--${name}${value}`, values: [say(text)] };
  });
  return rows(list, { width: Math.min(labelWidth(list), 30) });
}

export interface Example {
  readonly command: string;
  readonly does: BilingualText;
}

function exampleLines(examples: readonly Example[], say: Say): Line[] {
  return examples.flatMap(({ command, does }) => [paragraph(command), paragraph(say(does), 6)]);
}

function textsOf(name: string) {
  const texts = COMMAND_TEXTS[name];
  if (texts === undefined) throw new Error(`no help for ${name}`);
  return texts;
}
