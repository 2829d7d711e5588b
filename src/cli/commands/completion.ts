/** `jpki completion SHELL`: a script made from the table of subcommands, so that it knows each of them and each option. */
import type { Command, Run } from '../context.js';
import { usageError } from '../failure.js';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type OptionSpec } from '../options.js';
import type { Texts } from '../text/index.js';

type Make = (commands: readonly Command[], texts: Texts) => string;

export function completionOf(commands: readonly Command[]): Run {
  return async ({ operands, out, texts, help }) => {
    const make = Object.entries(SHELLS).find(([name]) => name === operands[0])?.[1];
    if (make === undefined)
      throw usageError((all) => all.arguments.badValue('SHELL', Object.keys(SHELLS).join('|')), ...help);
    out.raw(make(commands, texts));
  };
}

const SHELLS: Readonly<Record<string, Make>> = {
  bash: (commands) =>
    script(
      commands,
      'bash',
      `_jpki_words() { COMPREPLY=($(compgen -W "$*" -- "$_jpki_current")); }
_jpki_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$_jpki_current"))
}
_jpki() {
  COMPREPLY=()
  _jpki_complete "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
}
complete -F _jpki jpki`,
    ),
  zsh: (commands) =>
    script(
      commands,
      'zsh',
      `_jpki_words() { compadd -- "$@"; }
_jpki_files() { _files; }
_jpki() { _jpki_complete "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}"; }
compdef _jpki jpki`,
    ),
  fish,
};

/** The part that bash and zsh read alike: by the words so far, what may follow. */
function script(commands: readonly Command[], shell: string, own: string): string {
  const options = (kinds: readonly OptionSpec['kind'][]) =>
    Object.entries<OptionSpec>(OPTIONS).filter(([, { kind }]) => kinds.includes(kind));
  const withValue = options(['value', 'values']);
  const choices = withValue.flatMap(([name, option]) => {
    const values = valuesOf(option);
    if (values === undefined) return [];
    return [
      `    --${name}) ${values === 'file' ? '_jpki_files' : `_jpki_words ${values.join(' ')}`}; return ;;`,
    ];
  });
  const all = withValue.map(([name]) => `--${name}`).join('|');
  const ofCommands = commands.map(
    (command) => `      ' ${command.name}'|' ${command.name} '*) _jpki_words ${optionWords(command)} ;;`,
  );
  const operands = commands.flatMap(({ name, operand }) => {
    if (operand === undefined || operand === 'command') return [];
    return [`    ' ${name}') ${operand === 'file' ? '_jpki_files' : `_jpki_words ${operand.join(' ')}`} ;;`];
  });
  const groups = [...groupsOf(commands)].map(
    ([group, names]) => `    ' ${group}') _jpki_words ${names.join(' ')} ;;`,
  );
  return `# Completion of jpki for ${shell}, made by "jpki completion ${shell}".
_jpki_complete() {
  _jpki_current=$1
  shift
  local names='' word previous=''
  for word in "$@"; do
    case $previous in ${all}) previous=''; continue ;; esac
    case "$previous $word" in '--virtual '*.json) previous=''; continue ;; esac
    previous=$word
    case $word in -*) ;; *) names="$names $word" ;; esac
  done
  case $previous in
${choices.join('\n')}
    ${all}) return ;;
  esac
  case $_jpki_current in
    -*) case "$names" in
${ofCommands.join('\n')}
      *) _jpki_words ${optionWords()} ;;
    esac; return ;;
  esac
  case $previous in --virtual) _jpki_files; return ;; esac
  case "$names" in
    '') _jpki_words ${[...firstWords(commands), 'help'].join(' ')} ;;
    ' help') _jpki_words ${firstWords(commands).join(' ')} ;;
${groups.join('\n')}
${operands.join('\n')}
  esac
}
${own}
`;
}

function fish(commands: readonly Command[], texts: Texts): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const withValue = Object.entries<OptionSpec>(OPTIONS)
    .filter(([, { kind }]) => kind.startsWith('value'))
    .map(([name]) => `--${name}`);
  const lines = ['complete -c jpki -f'];
  const groups = groupsOf(commands);
  for (const word of firstWords(commands)) {
    const command = commands.find(({ name }) => name === word);
    const what = command ? texts.commands[command.name].summary : (groups.get(word) ?? []).join(', ');
    lines.push(`complete -c jpki -n '__jpki_at' -a ${word} -d ${quoted(what)}`);
  }
  for (const { name, operand, options } of commands) {
    const [group, word] = name.split(' ');
    const { summary } = texts.commands[name];
    if (word !== undefined)
      lines.push(`complete -c jpki -n '__jpki_at ${group}' -a ${word} -d ${quoted(summary)}`);
    if (operand === 'file') lines.push(`complete -c jpki -n '__jpki_at ${name}' -F`);
    else if (operand && operand !== 'command')
      lines.push(`complete -c jpki -n '__jpki_at ${name}' -a ${quoted(operand.join(' '))}`);
    for (const option of options) lines.push(fishOption(option, `-n '__jpki_in ${name}' `));
  }
  for (const option of GLOBAL_OPTIONS) lines.push(fishOption(option, ''));

  function fishOption(name: OptionName, condition: string): string {
    const { kind, short, ...option }: OptionSpec = OPTIONS[name];
    const values = valuesOf({ kind, ...option });
    const letter = short ? ` -s ${short}` : '';
    const value =
      values === 'file'
        ? ' -r -F'
        : values
          ? ` -x -a ${quoted(values.join(' '))}`
          : kind.startsWith('value')
            ? ' -x'
            : '';
    return `complete -c jpki ${condition}-l ${name}${letter}${value} -d ${quoted(texts.options[name])}`;
  }
  return `# Completion of jpki for fish, made by "jpki completion fish".
function __jpki_names
    set -l previous
    for word in (commandline -opc)[2..]
        if contains -- "$previous" ${withValue.join(' ')}
            set previous
            continue
        end
        set previous $word
        string match -q -- '-*' $word; or echo $word
    end
end
function __jpki_at
    set -l names (__jpki_names)
    test "$names" = "$argv"
end
function __jpki_in
    set -l names (__jpki_names)
    string match -q -- "$argv *" "$names "
end
${lines.join('\n')}
`;
}

/** What may stand for an option's value; `undefined` where nobody can guess it. */
function valuesOf({ placeholder = '' }: OptionSpec): 'file' | readonly string[] | undefined {
  if (/FILE|PATH/.test(placeholder)) return 'file';
  return /^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(placeholder) ? placeholder.split('|') : undefined;
}

function optionWords(command?: Command): string {
  const names = [...(command?.options ?? []), ...GLOBAL_OPTIONS, ...(command ? [] : ['version'])];
  return names.map((name) => `--${name}`).join(' ');
}

function firstWords(commands: readonly Command[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
}

/** The second words of those that have one. */
function groupsOf(commands: readonly Command[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = '', word] = name.split(' ');
    if (word !== undefined) groups.set(group, [...(groups.get(group) ?? []), word]);
  }
  return groups;
}
