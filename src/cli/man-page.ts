/** The manual page, from the same table as the help. `npm run build` puts it beside the command in both languages. */
import { writeFileSync } from 'node:fs';
import { version } from '../../package.json';
import { COMMANDS } from './commands/index.js';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type OptionSpec } from './options.js';
import { type Texts, wordsIn } from './text/index.js';

/** man(7). */
function manPage(name: string, texts: Texts): string {
  const { help, commands, exitCodes } = texts;
  const heading = (title: string) => `.SH "${escaped(title.toUpperCase())}"`;
  const tagged = (tag: string, ...paragraphs: string[]) => [
    '.TP',
    `\\fB${escaped(tag)}\\fR`,
    ...paragraphs.map(line),
  ];
  const optionLines = (names: readonly OptionName[]) =>
    names.flatMap((option) => tagged(optionText(option), texts.options[option]));
  const exampleLines = (examples: Readonly<Record<string, string>>) =>
    Object.entries(examples).flatMap(([command, does]) => tagged(command, does));
  return `${[
    `.TH "${name.toUpperCase()}" "1" "" "jpki-card ${version}" ""`,
    // Japanese has few places to break a line, and lines are not stretched for it.
    '.ad l',
    heading(help.name),
    line(`${name} - ${help.about.replace(/^jpki[:：] ?/, '')}`),
    heading(help.usage),
    ...COMMANDS.flatMap(({ usage }, i) => [...(i === 0 ? [] : ['.br']), line(usage)]),
    heading(help.commands),
    ...COMMANDS.flatMap(({ name: command, options }) => {
      const { summary, details = [], examples }: CommandTexts = commands[command];
      return [
        `.SS "jpki ${command}"`,
        line(capital(summary)),
        ...details.flatMap((text) => ['.PP', line(text)]),
        ...optionLines(options),
        ...exampleLines(examples),
      ];
    }),
    heading(help.globalOptions),
    ...optionLines([...GLOBAL_OPTIONS, 'version']),
    heading(help.pins),
    line(help.pinsText),
    heading(help.exitCodes),
    ...Object.entries(exitCodes).flatMap(([code, meaning]) => tagged(code, meaning)),
  ].join('\n')}\n`;
}

interface CommandTexts {
  readonly summary: string;
  readonly details?: readonly string[];
  readonly examples: Readonly<Record<string, string>>;
}

function optionText(name: OptionName): string {
  const { kind, placeholder, short }: OptionSpec = OPTIONS[name];
  const value =
    placeholder === undefined ? '' : kind === 'optional' ? ` [${placeholder}]` : ` ${placeholder}`;
  return `${short ? `-${short}, ` : ''}--${name}${value}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A hyphen that is typed, a backslash, and quotation marks, which end an argument. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\(rs').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
}

/** A line of text; one that begins with a point or an apostrophe would be a command. */
const line = (text: string): string => `\\&${escaped(text)}`;

const [folder = '.'] = process.argv.slice(2);
for (const [name, language] of [
  ['jpki', 'en'],
  ['jpki-ja', 'ja'],
] as const)
  writeFileSync(`${folder}/${name}.1`, manPage(name, wordsIn(language).texts));
