import type { Failure, Parameters, Program } from '@sealpost/command-line';
import { SettingsError } from '../core/config/index.js';
import { DomainError } from '../core/errors.js';
import { productVersion } from '../core/product-version.js';
import { StartError } from '../core/start-error.js';
import { AdminContext } from './admin-context.js';
import { SECTIONS } from './commands.js';

/** `sealpost-server`: its settings are those of the server, from the same environment variables. */
export const program: Program<AdminContext, Parameters> = {
  name: 'sealpost-server',
  version: productVersion(),
  summary: 'runs and administers a Sealpost server. Settings come from the environment (docs/configuration.md)',
  options: {},
  sections: SECTIONS,
  exitCodes: { 1: 'failed', 64: 'wrong usage', 78: 'wrong settings' },
  usageExitCode: 64,
  context: (_, { streams, json }) => new AdminContext(streams, json),
  explain,
};

function explain(error: unknown): Failure | undefined {
  if (error instanceof DomainError) return { code: error.code, exitCode: 1 };
  if (error instanceof SettingsError) return { code: 'cli.settings', exitCode: 78 };
  return error instanceof StartError ? { code: 'cli.start', exitCode: 1 } : undefined;
}
