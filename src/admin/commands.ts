import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { nestOptions, withNamedModules } from '../app.js';
import { AppModule } from '../app.module.js';
import type { Settings } from '../core/config/index.js';
import { openDatabaseForAdmin } from '../core/database/index.js';
import { createLogger } from '../core/logging/index.js';
import { openSecrets, rotateSigningKeyInFile } from '../core/secrets/index.js';
import { AccountAdministration, EscrowExport, ResetAdministration } from '../modules/auth/index.js';
import { runResetCommand } from './reset-commands.js';
import { USAGE } from './command-line.js';
import { writeNewFile } from './new-file.js';
import type { Command } from './command-line.js';

type EscrowExportCommand = Extract<Command, { readonly name: 'escrow-export' }>;

/**
 * Carries a command out.
 * @returns what to tell the administrator
 */
export async function runCommand(command: Command, settings: Settings): Promise<string> {
  switch (command.name) {
    case 'help':
      return USAGE;
    case 'rotate-signing-key':
      return rotateSigningKey(settings);
    case 'migrate':
      return migrate(settings);
    case 'disable':
      await withService(settings, AccountAdministration, (accounts) => accounts.disable(command.loginId));
      return `${command.loginId} is disabled.\n`;
    case 'enable':
      await withService(settings, AccountAdministration, (accounts) => accounts.enable(command.loginId));
      return `${command.loginId} is enabled.\n`;
    case 'escrow-export':
      return exportForEscrow(command, settings);
    case 'reset list':
    case 'reset approve':
    case 'reset reject':
      return withService(settings, ResetAdministration, (resets) => runResetCommand(command, resets));
    case 'invite': {
      const { expiresInSeconds } = command;
      const invitation = await withService(settings, AccountAdministration, (accounts) =>
        accounts.createInvitation({ expiresInSeconds }),
      );
      return `${invitation.code}\nIt registers one account until ${new Date(invitation.expiresAt).toISOString()}.\n`;
    }
  }
}

/** Made only where it can be kept: the owner of the account reads of each export. */
async function exportForEscrow({ loginId, output }: EscrowExportCommand, settings: Settings): Promise<string> {
  const make = async (): Promise<string> => {
    const exported = await withService(settings, EscrowExport, (exports) => exports.make(loginId));
    return `${JSON.stringify(exported)}\n`;
  };
  if (output === undefined) return make();
  await writeNewFile(output, make);
  return `The export of ${loginId} is in ${output}.\n`;
}

async function rotateSigningKey({ secretsFile }: Settings): Promise<string> {
  const kid = await rotateSigningKeyInFile(secretsFile);
  return (
    `The new signing key is ${kid}. Restart the server, and every replica, to use it.\n` +
    'Tokens signed with the old key stay valid until they expire.\n'
  );
}

async function migrate(settings: Settings): Promise<string> {
  const database = await openDatabaseForAdmin(settings, quietLogger(settings));
  await database.stop();
  return 'The database is up to date.\n';
}

/** The server's own composition without HTTP, beside a running server or on its own. */
async function withService<Service, T>(
  settings: Settings,
  service: Type<Service>,
  work: (instance: Service) => Promise<T>,
): Promise<T> {
  const log = quietLogger(settings);
  const { secrets } = await openSecrets(settings.secretsFile);
  const database = await openDatabaseForAdmin(settings, log);
  try {
    const parts = await withNamedModules({ settings, secrets, database });
    const context = await NestFactory.createApplicationContext(AppModule.forRoot(parts), nestOptions(log));
    try {
      return await work(context.get(service, { strict: false }));
    } finally {
      await context.close();
    }
  } finally {
    await database.stop();
  }
}

/** A command tells its result; only trouble is worth a log line. */
function quietLogger(settings: Settings) {
  return createLogger({ logFormat: settings.logFormat, logLevel: 'warn' });
}
