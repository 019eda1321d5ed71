import type { Output } from './output.js';
import type { Given, Parameters } from './parameters.js';

type Run<G, Context> =
  ((given: G, context: Context) => Promise<number | undefined>) | ((given: G, context: Context) => Promise<void>);

/** One entry of the table: everything that is known of a command. */
export interface Command<Context> {
  /** Noun and verb, e.g. `messages send`. */
  readonly name: string;
  /** One word for the commands of every day, e.g. `send`. */
  readonly alias?: string;
  /** One line, for the table of all commands. */
  readonly summary: string;
  /** What its own help says besides. */
  readonly details?: string;
  readonly arguments: Parameters;
  readonly options: Parameters;
  /** @returns the exit code, where it is not 0 */
  readonly run: Run<never, Context>;
}

type Entry<Context, A extends Parameters, O extends Parameters> = Omit<
  Command<Context>,
  'arguments' | 'options' | 'run'
> & {
  readonly arguments?: A;
  readonly options?: O;
  readonly run: Run<Given<A & O>, Context>;
};

type NoParameters = Readonly<Record<symbol, never>>;

/** @returns what makes entries of a table whose commands get such a context: `run` knows the types of what it is given */
export function commandOf<Context>(): <A extends Parameters = NoParameters, O extends Parameters = NoParameters>(
  entry: Entry<Context, A, O>,
) => Command<Context> {
  return (entry) => ({ arguments: {}, options: {}, ...entry });
}

/** What a program ends with, and what that says. */
export type ExitCodes = Readonly<Record<number, string>>;

/** An error that was foreseen: its message says all. */
export interface Failure {
  /** For programs, e.g. `auth.login-refused`. */
  readonly code: string;
  readonly exitCode: number;
}

/** A program: its commands, and what they have in common. */
export interface Program<Context extends Output, O extends Parameters> {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  /** What every command takes, besides --json, --help and --version. */
  readonly options: O;
  /** By the headings of the help. */
  readonly sections: Readonly<Record<string, readonly Command<Context>[]>>;
  /** 0 and 1 are done and failed everywhere. */
  readonly exitCodes: ExitCodes;
  readonly usageExitCode: number;
  readonly context: (given: Given<O>, output: Output) => Context;
  readonly explain: (error: unknown) => Failure | undefined;
}

/** Whatever its commands get. */
export type AnyProgram = Omit<Program<never, Parameters>, 'context' | 'explain'>;
