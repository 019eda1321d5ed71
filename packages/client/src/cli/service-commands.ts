import { rm } from 'node:fs/promises';
import { file, flag, optional, required, text } from '@sealpost/command-line';
import { ApiError } from '../errors.js';
import { readServiceKey, writeServiceKey } from '../node/service-key-file.js';
import type { ServiceKey } from '../account/service-account.js';
import { Sealpost } from '../sealpost.js';
import { command, type CommandContext } from './context.js';
import { inLines } from './recovery-words.js';

/** An account for a program, with a key file in place of a password. */
const create = command({
  name: 'service create',
  summary: 'make an account for a program; prints its recovery words, once',
  arguments: { loginId: required(text(), 'what the program logs in with') },
  options: {
    keyFile: required(file, 'a new file of mode 0600 for its key'),
    invitation: optional(text('CODE'), 'where the service asks for one'),
    continue: flag('with the key of a file, where it is not known whether the account was made'),
  },
  run: async ({ loginId, keyFile: path, invitation, continue: goOn }, context) => {
    const begun = goOn ? await readServiceKey(path) : undefined;
    let kept = begun !== undefined;
    const keep = async (key: ServiceKey): Promise<void> => {
      await writeServiceKey(path, key, { replace: kept });
      kept = true;
    };
    const made = Sealpost.registerServiceAccount({
      service: begun?.service ?? (await context.service()),
      loginId: begun?.loginId ?? loginId,
      keep,
      sessionName: 'service create',
      ...(begun === undefined ? {} : { key: begun }),
      ...(invitation === undefined ? {} : { invitation }),
    });
    const { client, recoveryWords } = await made.catch(async (error: unknown) => {
      // A key that the server has refused opens nothing. One of unknown fate is kept for --continue.
      const refused = error instanceof ApiError && error.status < 500;
      if (begun === undefined && kept && refused) await rm(path, { force: true });
      throw error;
    });
    const { userId } = client;
    await client.logout({ force: true });
    await report(context, { userId, loginId: begun?.loginId ?? loginId, keyFile: path }, recoveryWords);
  },
});

async function report(
  context: CommandContext,
  made: Readonly<Record<string, string>>,
  recoveryWords?: string,
): Promise<void> {
  const { userId = '', loginId = '', keyFile = '' } = made;
  const words =
    recoveryWords === undefined
      ? 'It had been made before; make new recovery words with "sealpost account replace-recovery-key".'
      : `Its recovery words. Write them down: they are not shown again.\n\n${inLines(recoveryWords)}\n`;
  await context.showWords(
    { ...made, ...(recoveryWords === undefined ? {} : { recoveryWords }) },
    `The service account ${loginId} (${userId}) has its key in ${keyFile}. Whoever has the file is the account.\n\n${words}`,
    `The account exists, and its key is in ${keyFile}. "sealpost account replace-recovery-key" makes new words.`,
  );
}

export const serviceCommands = [create];
