import { exportToFile } from '../node/export-file.js';
import type { Command } from './command.js';
import { askLine, printable } from './terminal.js';
import { UsageError } from './usage-error.js';

const exportCommand: Command = {
  usage: 'FILE',
  summary: 'write everything that the server holds of you into a file; goes on where an earlier export was cut',
  options: {},
  run: async (context) => {
    const path = context.only('file');
    await context.withClient(async (client) => {
      const counts = await exportToFile(client, path);
      const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
      context.write({ file: path, counts }, `Exported ${rows} rows to ${printable(path)}.`);
    });
    return undefined;
  },
};

const erase: Command = {
  usage: '[--login-id LOGIN_ID --password-stdin]',
  summary: 'erase the account for ever, and this profile’s state; asks for the loginId, or takes it from --login-id',
  options: { 'login-id': { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  run: async (context) => {
    context.none();
    await context.withClient(async (client) => {
      const { loginId } = await client.account.get();
      if (context.interactive) {
        context.streams.stderr.write(
          `This erases ${loginId} for ever: keys, mailbox, sessions, history. Others keep the messages that they have.\n`,
        );
      }
      const typed = context.text('login-id') ?? (await askLine(context.streams, 'Type the loginId to go on: '));
      if (typed.trim() !== loginId) throw new UsageError('That is not the loginId of the account: nothing was erased');
      const password = await context.password(false);
      await client.account.erase({ password });
      context.write({ erased: loginId }, `The account ${loginId} is erased.`);
    });
    return undefined;
  },
};

export const accountDataCommands = { export: exportCommand, erase } satisfies Record<string, Command>;
