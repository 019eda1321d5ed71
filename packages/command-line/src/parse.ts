import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { AnyProgram, Command } from './command.js';
import { protectFingerprints } from './hyphenated-fingerprints.js';
import { argumentName, flag, optionName, type Parameters } from './parameters.js';
import { UsageError } from './usage-error.js';

/** What every command of every program takes. */
export const COMMON_OPTIONS = {
  json: flag('write one JSON document a line, for programs'),
  help: { ...flag('explain the command'), short: 'h' },
  version: flag('say which version this is'),
} as const;

type Environment = Readonly<Record<string, string | undefined>>;
type ByKey = Readonly<Record<string, unknown>>;

export interface Parsed {
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** @returns what the command is given, @throws UsageError */
  readonly given: () => { readonly command: ByKey; readonly program: ByKey };
}

/** @throws UsageError where there is such a noun, and no such verb */
export function findCommand<C extends Command<never>>(
  { name: program }: AnyProgram,
  commands: readonly C[],
  words: readonly string[],
): { readonly command: C; readonly rest: readonly string[] } | null {
  const [noun = '', verb = ''] = words;
  const whole = commands.find(({ name }) => name === `${noun} ${verb}`);
  if (whole !== undefined) return { command: whole, rest: words.slice(2) };
  const command = commands.find(({ name, alias }) => noun === name || noun === alias);
  const verbs = verbsOf(commands, noun);
  if (verbs.length > 0 && verb !== '' && !verb.startsWith('-')) {
    throw new UsageError(`There is no command "${noun} ${verb}": "${noun}" is followed by ${verbs.join(', ')}`);
  }
  if (command !== undefined) return { command, rest: words.slice(1) };
  if (verbs.length > 0) return null;
  throw new UsageError(`There is no command "${noun}": see ${program} --help`);
}

export function verbsOf(commands: readonly Command<never>[], noun: string): string[] {
  return commands.filter(({ name }) => name.startsWith(`${noun} `)).map(({ name }) => name.slice(noun.length + 1));
}

/** @throws UsageError where there is an option that neither knows */
export function parse(
  program: AnyProgram,
  command: Command<never>,
  words: readonly string[],
  environment: Environment,
): Parsed {
  const parameters = { ...COMMON_OPTIONS, ...program.options, ...command.options };
  const { values, positionals } = parseWords(words, parameters);
  const given = (): ReturnType<Parsed['given']> => ({
    program: readOptions(program.options, values, environment),
    command: {
      ...readOptions(command.options, values, environment),
      ...readArguments(command, positionals),
    },
  });
  const said = (name: string): boolean => values[name] === true;
  return { json: said('json'), help: said('help'), version: said('version'), given };
}

function parseWords(words: readonly string[], parameters: Parameters) {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [key, { arity, short }] of Object.entries(parameters)) {
    const type = arity === 'flag' ? 'boolean' : 'string';
    options[optionName(key)] = { type, multiple: arity === 'many', ...(short === undefined ? {} : { short }) };
  }
  try {
    return parseArgs({ args: protectFingerprints(words, options), options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readOptions(parameters: Parameters, values: ByKey, environment: Environment): ByKey {
  const read = Object.entries(parameters).map(([key, { env, read }]) => {
    const name = optionName(key);
    const typed = values[name] ?? [];
    const words = (Array.isArray(typed) ? typed : [typed]).map(String);
    const instead = env === undefined ? '' : (environment[env] ?? '');
    if (words.length > 0 || instead === '') return [key, read(words, `--${name}`)] as const;
    return [key, read([instead], env ?? '')] as const;
  });
  return known(read);
}

function readArguments(command: Command<never>, positionals: readonly string[]): ByKey {
  const left = [...positionals];
  const read = Object.entries(command.arguments).map(([key, { arity, read }]) => {
    const words = left.splice(0, arity === 'many' ? left.length : 1);
    const name = argumentName(key);
    if (arity === 'many' && words.length === 0) throw new UsageError(`${name} is missing`);
    return [key, read(words, name)] as const;
  });
  if (left.length > 0) throw new UsageError(`"${command.name}" does not take "${left.join(' ')}"`);
  return known(read);
}

function known(entries: readonly (readonly [string, unknown])[]): ByKey {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
