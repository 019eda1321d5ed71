import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '@sealpost/command-line';
import { accountCommands } from './account-commands.js';
import { contactCommands } from './contact-commands.js';
import { CommandContext, OPTIONS } from './context.js';
import { credentialCommands } from './credential-commands.js';
import { deviceCommands } from './device-commands.js';
import { escrowCommands, escrowHolderCommands } from './escrow-commands.js';
import { EXIT, EXIT_CODES, explain } from './exit-codes.js';
import { keyCommands } from './key-commands.js';
import { messageCommands } from './message-commands.js';
import { resetCommands } from './reset-commands.js';
import { serviceCommands } from './service-commands.js';
import { sessionCommands } from './session-commands.js';
import { profileCommands } from './state-commands.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** The table of `sealpost`. */
export const program: Program<CommandContext, typeof OPTIONS> = {
  name: 'sealpost',
  version,
  summary: 'sends and reads end-to-end encrypted messages',
  options: OPTIONS,
  sections: {
    Messages: messageCommands,
    'People you write to': contactCommands,
    'Your account': accountCommands,
    'Password, loginId and recovery words': [...credentialCommands, ...resetCommands],
    'Sessions and devices': [...sessionCommands, ...deviceCommands],
    'Your keys': [...keyCommands, ...escrowCommands],
    'This profile': profileCommands,
    'Organisations and programs': [...escrowHolderCommands, ...serviceCommands],
  },
  exitCodes: EXIT_CODES,
  usageExitCode: EXIT.usage,
  context: (given, output) => new CommandContext(given, output, join(homedir(), '.sealpost')),
  explain,
};
