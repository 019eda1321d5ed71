import 'reflect-metadata';
import { loadSettings, SettingsError } from '../core/config/index.js';
import { DomainError } from '../core/errors.js';
import { StartError } from '../core/start-error.js';
import { parseCommandLine, USAGE, UsageError } from './command-line.js';
import { runCommand } from './commands.js';

const EXIT_FAILURE = 1;
/** EX_USAGE and EX_CONFIG of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_SETTINGS = 78;

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`;
  if (error instanceof DomainError) return error.detail;
  if (error instanceof StartError || error instanceof SettingsError) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `An error that was not foreseen. Please report it.\n${details}`;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  return error instanceof SettingsError ? EXIT_SETTINGS : EXIT_FAILURE;
}

try {
  const command = parseCommandLine(process.argv.slice(2));
  process.stdout.write(await runCommand(command, loadSettings()));
} catch (error) {
  process.stderr.write(`${explain(error).trimEnd()}\n`);
  process.exitCode = exitCodeOf(error);
}
