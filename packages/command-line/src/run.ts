import type { AnyProgram, Failure, Program } from './command.js';
import { completionOf } from './completion.js';
import { commandHelp, nounHelp, programHelp } from './help.js';
import { Output, OutputClosed, type Streams } from './output.js';
import type { Given, Parameters } from './parameters.js';
import { findCommand, parse } from './parse.js';
import { jsonLine, printable } from './printable.js';
import { UsageError } from './usage-error.js';

const DONE = 0;
const FAILED: Failure = { code: 'cli.failed', exitCode: 1 };

/** Runs one command. @returns its exit code */
export async function run<Context extends Output, O extends Parameters>(
  program: Program<Context, O>,
  words: readonly string[],
  streams: Streams,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<number> {
  const [first, ...rest] = words[0] === 'help' ? [...words.slice(1), '--help'] : words;
  try {
    const say = (text: string, code = DONE): number => (streams.stdout.write(text), code);
    if (first === undefined) return say(programHelp(program), program.usageExitCode);
    if (first === '--help' || first === '-h') return say(programHelp(program));
    if (first === '--version') return say(`${program.version}\n`);
    const commands = [...Object.values(program.sections).flat(), completionOf<Context>(program)];
    const found = findCommand(program, commands, [first, ...rest]);
    if (found === null) {
      const isAsked = rest.includes('--help') || rest.includes('-h');
      return say(nounHelp(program, commands, first), isAsked ? DONE : program.usageExitCode);
    }
    const { json, help, version, given } = parse(program, found.command, found.rest, environment);
    const ofNoun =
      found.command.name.startsWith(`${first} `) && !words.includes(found.command.name.slice(first.length + 1));
    if (help) return say(ofNoun ? nounHelp(program, commands, first) : commandHelp(program, found.command));
    if (version) return say(`${program.version}\n`);
    const { command, program: common } = given();
    const context = program.context(common as Given<O>, new Output(streams, json));
    return (await found.command.run(command as never, context)) ?? DONE;
  } catch (error) {
    if (error instanceof OutputClosed) return DONE;
    return report(program, error, words.includes('--json'), streams);
  }
}

/** Errors that were foreseen are one line; of others the whole stack is worth something. */
function report(
  program: Pick<AnyProgram, 'name' | 'usageExitCode'> & Pick<Program<never, Parameters>, 'explain'>,
  error: unknown,
  json: boolean,
  { stderr }: Streams,
): number {
  const usage: Failure = { code: 'cli.usage', exitCode: program.usageExitCode };
  const foreseen = error instanceof UsageError ? usage : (program.explain(error) ?? ofTheSystem(error));
  const { code, exitCode } = foreseen ?? FAILED;
  const message = error instanceof Error ? error.message : String(error);
  const label = code.startsWith('cli.') ? '' : ` [${code}]`;
  const said =
    foreseen === undefined
      ? `An error that was not foreseen. Please report it.\n${error instanceof Error ? (error.stack ?? message) : message}`
      : `${program.name}: ${message}${label}`;
  stderr.write(`${json ? jsonLine({ error: { code, message } }) : printable(said)}\n`);
  return exitCode;
}

/** A full disk, a folder that is not there: its message says all. */
function ofTheSystem(error: unknown): Failure | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error ? FAILED : undefined;
}
