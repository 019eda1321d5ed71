import { UsageError } from './usage-error.js';
import type { ValueType } from './values.js';

/** An argument or an option of a command: what it is for, what it takes, and how often. */
export interface Parameter<T = unknown> {
  readonly arity: 'flag' | 'required' | 'optional' | 'many';
  readonly summary: string;
  readonly type?: ValueType<unknown>;
  /** The letter of an option. */
  readonly short?: string;
  /** The environment variable that stands in for an option. */
  readonly env?: string;
  /** Known only to be refused: neither help nor completion names it. */
  readonly hidden?: boolean;
  /** @returns undefined where nothing was given and nothing need be */
  readonly read: (words: readonly string[], name: string) => T;
}

type Extras = Pick<Parameter, 'short' | 'env' | 'hidden'>;

/** By their names in the code: `passwordStdin` is the option --password-stdin, or the argument PASSWORD_STDIN. */
export type Parameters = Readonly<Record<string, Parameter>>;

type ValueOf<P> = P extends Parameter<infer T> ? T : never;
type OptionalKeys<P> = { [K in keyof P]: undefined extends ValueOf<P[K]> ? K : never }[keyof P];

/** What a command is given. What nobody said is not there. */
export type Given<P extends Parameters> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: ValueOf<P[K]>;
} & { readonly [K in OptionalKeys<P>]?: Exclude<ValueOf<P[K]>, undefined> };

/** An option without a value. */
export function flag(summary: string): Parameter<boolean> {
  return { arity: 'flag', summary, read: (words) => words.length > 0 };
}

export function required<T>(type: ValueType<T>, summary: string, extras: Extras = {}): Parameter<T> {
  const read = ([word]: readonly string[], name: string): T => {
    if (word === undefined) throw new UsageError(`${name} is missing: ${summary}`);
    return valueOf(type, word, name);
  };
  return { arity: 'required', summary, type, read, ...extras };
}

export function optional<T>(type: ValueType<T>, summary: string, extras: Extras = {}): Parameter<T | undefined> {
  const read = ([word]: readonly string[], name: string): T | undefined =>
    word === undefined ? undefined : valueOf(type, word, name);
  return { arity: 'optional', summary, type, read, ...extras };
}

/** An option that may be repeated, or the last arguments, of which there must be one. Undefined where there is none. */
export function many<T>(type: ValueType<T>, summary: string): Parameter<readonly T[] | undefined> {
  const read = (words: readonly string[], name: string): readonly T[] | undefined =>
    words.length === 0 ? undefined : words.map((word) => valueOf(type, word, name));
  return { arity: 'many', summary, type, read };
}

function valueOf<T>(type: ValueType<T>, word: string, name: string): T {
  const value = type.read(word);
  if (value === undefined) throw new UsageError(`${name} takes ${type.expected}, not "${word}"`);
  return value;
}

/** How the option is typed. */
export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** How the help shows the argument. */
export function argumentName(key: string): string {
  return optionName(key).replaceAll('-', '_').toUpperCase();
}

/** The options that somebody may use. */
export function shown(options: Parameters): [string, Parameter][] {
  return Object.entries(options).filter(([, { hidden }]) => hidden !== true);
}
