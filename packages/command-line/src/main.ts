import type { Program } from './command.js';
import type { Output } from './output.js';
import type { Parameters } from './parameters.js';
import { run } from './run.js';

/** Runs the command that this process was started with, and sets its exit code. */
export async function main<Context extends Output, O extends Parameters>(program: Program<Context, O>): Promise<void> {
  // The command ends at what it writes next, and tidies up. Whoever reads the output may stop, e.g. `sealpost inbox | head`,
  // which is no failure; anything else is, e.g. a full disk.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(`${program.name}: The output cannot be written: ${error.message}\n`);
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => undefined);
  const code = await run(program, process.argv.slice(2), process, process.env);
  process.exitCode ??= code;
}
