import type { Command } from './command.js';
import { askLine } from './terminal.js';
import { UsageError } from './usage-error.js';

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

export const accountDataCommands = { erase } satisfies Record<string, Command>;
