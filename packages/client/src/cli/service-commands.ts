import { rm } from 'node:fs/promises';
import { ApiError } from '../errors.js';
import { readServiceKey, writeServiceKey } from '../node/service-key-file.js';
import type { ServiceKey } from '../account/service-key.js';
import { Sealpost } from '../sealpost.js';
import type { Command, CommandContext } from './command.js';
import { inLines } from './recovery-words.js';
import { UsageError } from './usage-error.js';

/** `sealpost service create`: an account for a program, with a key file in place of a password. */
const service: Command = {
  usage: 'create LOGIN_ID --key-file FILE --url ADDRESS --service-id NAME [--invitation CODE] [--continue]',
  summary: 'make an account for a program; its key goes to FILE (mode 0600); prints the recovery words, once',
  options: {
    'key-file': { type: 'string' },
    invitation: { type: 'string' },
    continue: { type: 'boolean' },
  },
  run: async (context) => {
    const [action, loginId, ...rest] = context.positionals;
    const path = context.text('key-file');
    if (action !== 'create' || loginId === undefined || rest.length > 0 || path === undefined) {
      throw new UsageError('Say: service create LOGIN_ID --key-file FILE');
    }
    await create(context, loginId, path);
    return undefined;
  },
};

async function create(context: CommandContext, loginId: string, path: string): Promise<void> {
  const begun = context.flag('continue') ? await readServiceKey(path) : undefined;
  const invitation = context.text('invitation');
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
  report(context, { userId, loginId: begun?.loginId ?? loginId, keyFile: path }, recoveryWords);
}

function report(context: CommandContext, made: Readonly<Record<string, string>>, recoveryWords?: string): void {
  const { userId = '', loginId = '', keyFile = '' } = made;
  const words =
    recoveryWords === undefined
      ? 'It had been made before; make new recovery words with `sealpost recovery-key`.'
      : `Its recovery words. Write them down: they are not shown again.\n\n${inLines(recoveryWords)}\n`;
  context.write(
    { ...made, ...(recoveryWords === undefined ? {} : { recoveryWords }) },
    `The service account ${loginId} (${userId}) has its key in ${keyFile}. Whoever has the file is the account.\n\n${words}`,
  );
}

export const serviceCommands = { service } satisfies Record<string, Command>;
