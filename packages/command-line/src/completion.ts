import { commandOf, type AnyProgram, type Command } from './command.js';
import type { Output } from './output.js';
import { optionName, required, shown, type Parameters } from './parameters.js';
import { COMMON_OPTIONS, verbsOf } from './parse.js';
import { choice } from './values.js';

/** The command that prints what a shell has to run at its start. */
export function completionOf<Context extends Output>(program: AnyProgram): Command<Context> {
  return commandOf<Context>()({
    name: 'completion',
    summary: 'print what makes a shell complete the commands',
    details: `For bash and zsh: source <(${program.name} completion bash). For fish: ${program.name} completion fish | source`,
    arguments: { shell: required(choice(['bash', 'zsh', 'fish']), 'the shell that you use') },
    run: async ({ shell }, { streams }) => {
      streams.stdout.write(SCRIPTS[shell](program.name, stepsOf(program)));
    },
  });
}

/** What may follow a line that begins, or where it ends with a blank is complete, so. */
interface Step {
  readonly before: string;
  readonly whole: boolean;
  readonly after: readonly string[];
}

function stepsOf(program: AnyProgram): Step[] {
  const commands: readonly Command<never>[] = [
    ...Object.values(program.sections).flat(),
    completionOf<Output>(program),
  ];
  const common = optionWords({ ...program.options, ...COMMON_OPTIONS });
  const inCommand = commands.flatMap(({ name, alias, arguments: words, options }) => {
    const choices = Object.values(words).flatMap(({ type }) => type?.choices ?? []);
    const after = [...choices, ...optionWords(options), ...common];
    return [name, ...(alias === undefined ? [] : [alias])].map((before) => ({ before, whole: false, after }));
  });
  const firsts = new Set(inCommand.map(({ before }) => before.split(' ', 1)[0] ?? ''));
  const afterNoun = [...firsts].flatMap((noun) => {
    const verbs = verbsOf(commands, noun);
    const own = inCommand.find(({ before }) => before === noun)?.after ?? [];
    return verbs.length === 0 ? [] : [{ before: noun, whole: true, after: [...verbs, ...own] }];
  });
  // The first that fits counts, and `keys` fits `keys rotate` too.
  const longestFirst = inCommand.toSorted((one, other) => other.before.length - one.before.length);
  return [{ before: '', whole: true, after: [...firsts, 'help'] }, ...afterNoun, ...longestFirst];
}

function optionWords(options: Parameters): string[] {
  return shown(options).map(([key]) => `--${optionName(key)}`);
}

const SCRIPTS = {
  bash: (name: string, steps: readonly Step[]) => `_${id(name)}() {
  local before="\${COMP_WORDS[*]:1:COMP_CWORD-1}" found=
  case "\${before:+$before }" in
${steps.map(shellCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${id(name)} ${name}
`,
  zsh: (name: string, steps: readonly Step[]) => `#compdef ${name}
_${id(name)}() {
  local before="\${(j: :)words[2,CURRENT-1]}" found=
  case "\${before:+$before }" in
${steps.map(shellCase).join('\n')}
  esac
  compadd -- \${=found} || _files
}
compdef _${id(name)} ${name}
`,
  fish: (name: string, steps: readonly Step[]) => `function __${id(name)}
  set -l before (string join ' ' -- (commandline -opc)[2..])
  test -n "$before"; and set before "$before "
  switch "$before"
${steps.map(fishCase).join('\n')}
  end
  string match -q -- '--*' (commandline -opc)[-1]; and __fish_complete_path (commandline -ct)
end
complete -c ${name} -f -a '(__${id(name)})'
`,
} as const;

function id(name: string): string {
  return name.replaceAll('-', '_');
}

function shellCase({ before, whole, after }: Step): string {
  const pattern = before === '' ? "''" : `'${before} '${whole ? '' : '*'}`;
  return `    ${pattern}) found='${after.join(' ')}' ;;`;
}

function fishCase({ before, whole, after }: Step): string {
  const pattern = before === '' ? "''" : `'${before} ${whole ? '' : '*'}'`;
  return `    case ${pattern}\n      string split ' ' -- '${after.join(' ')}'`;
}
