import type { AnyProgram, Command } from './command.js';
import { argumentName, optionName, shown, type Parameter, type Parameters } from './parameters.js';
import { COMMON_OPTIONS } from './parse.js';

const LINE = 100;
const LEFT = 34;

type Row = readonly [left: string, right: string];

/** Every command, by its heading. */
export function programHelp(program: AnyProgram): string {
  const { name, version, summary, sections, options } = program;
  return [
    `${name} ${version}: ${summary}`,
    `Usage: ${name} COMMAND [ARGUMENTS] [OPTIONS]`,
    ...Object.entries(sections).map(([title, commands]) => `${title}\n${table(commands.map(commandRow))}`),
    `Options of every command\n${table(optionRows({ ...options, ...COMMON_OPTIONS }))}`,
    `Exit codes\n${table(Object.entries({ 0: 'done', ...program.exitCodes }))}`,
    `"${name} COMMAND --help" explains a command, and "${name} completion --help" how a shell completes them.\n`,
  ].join('\n\n');
}

/** The commands of one noun. */
export function nounHelp(program: AnyProgram, commands: readonly Command<never>[], noun: string): string {
  const rows = commands.filter(({ name }) => name.startsWith(`${noun} `)).map(commandRow);
  return `Usage: ${program.name} ${noun} COMMAND\n\n${table(rows)}\n`;
}

export function commandHelp(program: AnyProgram, command: Command<never>): string {
  const { name, alias, summary, details, options } = command;
  const usage = [program.name, name, ...argumentWords(command), ...shown(options).map(optionWord)];
  const rows = [...argumentRows(command), ...optionRows(options)];
  const parts = [
    wrap(`Usage: ${usage.join(' ')}`, '         '),
    wrap(`${capital(summary)}.${details === undefined ? '' : ` ${details}`}`, ''),
    alias === undefined ? '' : `Short: ${program.name} ${alias}`,
    rows.length === 0 ? '' : table(rows),
    `"${program.name} --help" lists the options of every command.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function commandRow(command: Command<never>): Row {
  const { name, alias, summary } = command;
  const short = alias === undefined ? '' : ` (short: ${alias})`;
  return [[name, ...argumentWords(command)].join(' '), `${summary}${short}`];
}

function argumentWords(command: Command<never>): string[] {
  return Object.entries(command.arguments).map(([key, { arity, type }]) => {
    const name = type?.choices === undefined ? argumentName(key) : type.choices.join('|');
    if (arity === 'many') return `${name}…`;
    return arity === 'optional' ? `[${name}]` : name;
  });
}

function optionWord([key, { arity, type }]: readonly [string, Parameter]): string {
  const word = `--${optionName(key)}${arity === 'flag' ? '' : ` ${type?.placeholder ?? argumentName(key)}`}`;
  if (arity === 'required') return word;
  return arity === 'many' ? `[${word}]…` : `[${word}]`;
}

function argumentRows(command: Command<never>): Row[] {
  return Object.entries(command.arguments).map(([key, { summary }]) => [argumentName(key), summary]);
}

function optionRows(options: Parameters): Row[] {
  return shown(options).map(([key, parameter]) => {
    const { short, env, summary, arity, type } = parameter;
    const value = arity === 'flag' ? '' : ` ${type?.placeholder ?? argumentName(key)}`;
    const notes = [...(arity === 'many' ? ['may be repeated'] : []), ...(env === undefined ? [] : [`or ${env}`])];
    const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    return [`${short === undefined ? '' : `-${short}, `}--${optionName(key)}${value}`, `${summary}${note}`];
  });
}

function table(rows: readonly Row[]): string {
  const width = Math.min(LEFT, Math.max(...rows.map(([left]) => left.length)));
  const indent = ' '.repeat(width + 4);
  const lines = rows.map(([left, right]) => {
    const first = left.length > width ? `  ${left}\n${indent}` : `  ${left.padEnd(width)}  `;
    return first + wrap(right, indent, LINE - indent.length);
  });
  return lines.join('\n');
}

/** Lines that are no longer than `width`, where no word is; the second one and the later ones begin with `indent`. */
function wrap(text: string, indent: string, width = LINE): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length + 1 > width) lines.push(word);
    else lines.splice(-1, 1, `${line} ${word}`);
  }
  return lines.join(`\n${indent}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
