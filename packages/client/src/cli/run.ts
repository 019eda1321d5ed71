import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SealpostError } from '../errors.js';
import { accountCommands } from './account-commands.js';
import { accountDataCommands } from './account-data-commands.js';
import { CommandContext, type Command } from './command.js';
import { credentialCommands } from './credential-commands.js';
import { escrowCommands } from './escrow-commands.js';
import { deviceCommands } from './device-commands.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { protectFingerprints } from './hyphenated-fingerprints.js';
import { keyCommands } from './key-commands.js';
import { messageCommands } from './message-commands.js';
import { Profile } from './profile.js';
import { serviceCommands } from './service-commands.js';
import { resetCommands } from './reset-commands.js';
import { stateCommands } from './state-commands.js';
import { printable, type Streams } from './terminal.js';
import { UsageError } from './usage-error.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  ...accountCommands,
  ...credentialCommands,
  ...accountDataCommands,
  ...escrowCommands,
  ...deviceCommands,
  ...resetCommands,
  ...messageCommands,
  ...keyCommands,
  ...stateCommands,
  ...serviceCommands,
};

const GLOBAL_OPTIONS = {
  profile: { type: 'string' },
  'service-key': { type: 'string' },
  url: { type: 'string' },
  'service-id': { type: 'string' },
  origin: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one command. @returns its exit code (exit-codes.ts) */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      streams.stdout.write(helpText());
      return name === undefined ? EXIT.usage : EXIT.done;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new UsageError(`There is no command "${printable(name)}": see sealpost --help`);
    return (await runCommand(name, command, rest, streams)) ?? EXIT.done;
  } catch (error) {
    writeError(error, rest.includes('--json'), streams);
    return exitCodeOf(error);
  }
}

async function runCommand(
  name: string,
  command: Command,
  args: readonly string[],
  streams: Streams,
): Promise<number | undefined> {
  const { values, positionals } = parse(command, args);
  if (values['help'] === true) {
    streams.stdout.write(`sealpost ${name} ${command.usage}\n  ${command.summary}\n`);
    return undefined;
  }
  const folder = typeof values['profile'] === 'string' ? values['profile'] : join(homedir(), '.sealpost');
  return command.run(new CommandContext(positionals, values, new Profile(folder), streams));
}

function parse(
  command: Command,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    const options = { ...GLOBAL_OPTIONS, ...command.options };
    return parseArgs({ args: protectFingerprints(args, options), options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Errors that were foreseen are one line; of others the whole stack is worth something. */
function writeError(error: unknown, json: boolean, { stderr }: Streams): void {
  const code = error instanceof SealpostError ? error.code : error instanceof UsageError ? 'cli.usage' : 'cli.failed';
  const message = error instanceof Error ? error.message : String(error);
  if (json) stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else if (code === 'cli.failed' && error instanceof Error) stderr.write(`${error.stack ?? message}\n`);
  else stderr.write(`sealpost: ${printable(message)}${code.startsWith('cli.') ? '' : ` [${code}]`}\n`);
}

function helpText(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { usage, summary }]) => `  sealpost ${name} ${usage}\n      ${summary}\n`,
  );
  return `Sends and reads end-to-end encrypted messages.

${lines.join('')}
Every command takes --profile FOLDER (default ~/.sealpost), --json (one JSON document a line) and --help, and
--url, --service-id and --origin, which a profile remembers from its registration or log-in.
With --service-key FILE a command acts as a service account, and keeps nothing on this machine.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by the server, 4 not reached (a message waits in the
outbox), 5 somebody's keys, the shared state or the escrow need a decision, 6 the inbox held refused entries.
`;
}
