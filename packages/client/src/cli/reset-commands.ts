import { readFile } from 'node:fs/promises';
import { Sealpost } from '../sealpost.js';
import { CREDENTIALS, credentialOptions } from './account-commands.js';
import type { Command, CommandContext } from './command.js';
import { confirmWords, inLines } from './recovery-words.js';
import { timeText } from './terminal.js';
import { UsageError } from './usage-error.js';

const reset: Command = {
  usage: `request LOGIN_ID | complete LOGIN_ID [--token-file FILE] | pending | cancel  ${CREDENTIALS}`,
  summary:
    'begin your account anew when password and recovery words are lost: request it, then complete it with the claim ' +
    'token. What was sent before cannot be read any more. pending and cancel are for a device that is signed in. ' +
    'Standard input has the token, unless it is in a file, then the new password',
  options: { ...credentialOptions, 'token-file': { type: 'string' }, token: { type: 'string' } },
  run: async (context) => {
    // Known, so that whoever uses it learns why: other users see arguments while it runs, and the shell keeps them.
    if (context.text('token') !== undefined) throw new UsageError(TOKEN_IN_ARGUMENTS);
    const [action, loginId, ...rest] = context.positionals;
    if (rest.length > 0) throw new UsageError(`Unexpected argument ${rest[0] ?? ''}`);
    if (action === 'request' && loginId !== undefined) await request(context, loginId);
    else if (action === 'complete' && loginId !== undefined) await complete(context, loginId);
    else if (action === 'pending' && loginId === undefined) await pending(context);
    else if (action === 'cancel' && loginId === undefined) await cancel(context);
    else throw new UsageError('Say "reset request LOGIN_ID", "complete LOGIN_ID", "pending" or "cancel"');
    return undefined;
  },
};

const TOKEN_IN_ARGUMENTS =
  'A claim token takes the account: do not give it as an argument, which other users of this machine and the history of ' +
  'the shell can show. Type it, give it on standard input with --password-stdin, or in a file with --token-file';

/** The claim token alone, as it was mailed or handed over. */
async function tokenIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`The token cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function request(context: CommandContext, loginId: string): Promise<void> {
  const requested = await Sealpost.requestReset({ service: await context.service(), loginId });
  const ways = { email: 'a claim token comes by mail', approval: 'an administrator has to approve' } as const;
  const next = requested.proofs.map((proof) => ways[proof]).join(', and ');
  const hours = Math.ceil(requested.delaySeconds / 3600);
  const delay =
    hours === 0 ? '' : ` It can be completed after about ${hours} h, unless a signed-in device calls it off.`;
  context.write(requested, `If there is such an account, ${next}.${delay}`);
}

async function complete(context: CommandContext, loginId: string): Promise<void> {
  const service = await context.service();
  const sessionName = context.text('session-name') ?? 'command line';
  const file = context.text('token-file');
  const given = file === undefined ? undefined : await tokenIn(file);
  const asked = given === undefined ? [{ name: 'Claim token (not shown)', twice: false }] : [];
  const secrets = await context.secrets([...asked, { name: 'New password', twice: true }]);
  const [claimToken = '', password = ''] = given === undefined ? secrets : [given, ...secrets];
  await context.withStorage(async (storage) => {
    const options = { service, storage, loginId, password, claimToken, sessionName };
    const { client, recoveryWords } = await Sealpost.resetKeys(options);
    await context.profile.keepService(service);
    const { userId } = client;
    const done = `Your account has begun anew, and you are signed in as ${loginId} (${userId}).\nYour new recovery words:`;
    const shown = context.interactive ? done : `${done}\n\n${inLines(recoveryWords)}\n`;
    context.write({ userId, loginId, recoveryWords }, shown);
    if (context.interactive) await confirmWords(context.streams, recoveryWords);
  });
}

async function pending(context: CommandContext): Promise<void> {
  await context.withClient(async (client) => {
    const resets = await client.resets.list();
    if (resets.length === 0 && !context.flag('json')) context.write(null, 'No reset of your account is pending.');
    for (const entry of resets) {
      const { requestedAt, availableAt } = entry;
      const when = availableAt === undefined ? 'waits for an administrator' : `possible from ${timeText(availableAt)}`;
      context.write(entry, `asked for ${timeText(requestedAt)}  ${entry.client ?? '(unknown client)'}  ${when}`);
    }
  });
}

async function cancel(context: CommandContext): Promise<void> {
  await context.withClient((client) => client.resets.cancel());
  context.write({ cancelled: true }, 'No reset of your account is pending any more.');
}

export const resetCommands = { reset } satisfies Record<string, Command>;
