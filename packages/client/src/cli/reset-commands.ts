import { readFile } from 'node:fs/promises';
import { file, optional, required, text, timeText, UsageError } from '@sealpost/command-line';
import { Sealpost } from '../sealpost.js';
import { sessionName } from './account-commands.js';
import { command } from './context.js';
import { confirmWords, inLines } from './recovery-words.js';

const whose = { loginId: required(text(), 'what you log in with') };

const request = command({
  name: 'reset request',
  summary: 'begin your account anew when password and recovery words are lost: ask for a claim token',
  arguments: whose,
  run: async ({ loginId }, context) => {
    const requested = await Sealpost.requestReset({ service: await context.service(), loginId });
    const ways = { email: 'a claim token comes by mail', approval: 'an administrator has to approve' } as const;
    const next = requested.proofs.map((proof) => ways[proof]).join(', and ');
    const hours = Math.ceil(requested.delayMs / 3_600_000);
    const delay =
      hours === 0 ? '' : ` It can be completed after about ${hours} h, unless a signed-in device calls it off.`;
    context.write(requested, `If there is such an account, ${next}.${delay}`);
  },
});

const TOKEN_IN_ARGUMENTS =
  'A claim token takes the account: do not give it as an argument, which other users of this machine and the history of ' +
  'the shell can show. Type it, give it on standard input with --password-stdin, or in a file with --token-file';

const complete = command({
  name: 'reset complete',
  summary: 'begin it anew with the claim token; what was sent before cannot be read any more',
  details: 'Standard input has the token, unless it is in a file, then the new password.',
  arguments: whose,
  options: {
    tokenFile: optional(file, 'has the claim token'),
    // Known, so that whoever uses it learns why: other users see arguments while it runs, and the shell keeps them.
    token: optional(
      {
        ...text(),
        read: () => {
          throw new UsageError(TOKEN_IN_ARGUMENTS);
        },
      },
      'not to be used',
      { hidden: true },
    ),
    sessionName,
  },
  run: async ({ loginId, tokenFile, sessionName = 'command line' }, context) => {
    const service = await context.service();
    const given = tokenFile === undefined ? undefined : await tokenIn(tokenFile);
    const asked = given === undefined ? [{ name: 'Claim token (not shown)', twice: false }] : [];
    const secrets = await context.secrets([...asked, { name: 'New password', twice: true }]);
    const [claimToken = '', password = ''] = given === undefined ? secrets : [given, ...secrets];
    await context.withStorage(async (storage) => {
      const options = { service, storage, loginId, password, claimToken, sessionName };
      const { client, recoveryWords } = await Sealpost.reset(options);
      await context.profile.keepService(service);
      const { userId } = client;
      const done = `Your account has begun anew, and you are signed in as ${loginId} (${userId}).\nYour new recovery words:`;
      const shown = context.interactive ? done : `${done}\n\n${inLines(recoveryWords)}\n`;
      const otherwise = 'The account has begun anew. "sealpost account replace-recovery-key" makes new words.';
      await context.showWords({ userId, loginId, recoveryWords }, shown, otherwise);
      if (context.interactive) await confirmWords(context.streams, recoveryWords);
    });
  },
});

/** The claim token alone, as it was mailed or handed over. */
async function tokenIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`The token cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const pending = command({
  name: 'reset pending',
  summary: 'list resets of your account that somebody has asked for, on a device that is signed in',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      const resets = await client.resets.list();
      if (resets.length === 0 && !context.json) context.write(null, 'No reset of your account is pending.');
      for (const entry of resets) {
        const { requestedAt, availableAt } = entry;
        const when =
          availableAt === undefined ? 'waits for an administrator' : `possible from ${timeText(availableAt)}`;
        context.write(entry, `asked for ${timeText(requestedAt)}  ${entry.client ?? '(unknown client)'}  ${when}`);
      }
    });
  },
});

const cancel = command({
  name: 'reset cancel',
  summary: 'call them off',
  run: async (_, context) => {
    await context.withClient((client) => client.resets.cancel());
    context.write({ cancelled: true }, 'No reset of your account is pending any more.');
  },
});

export const resetCommands = [request, complete, pending, cancel];
