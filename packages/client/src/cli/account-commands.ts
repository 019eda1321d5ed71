import { count, file, optional, printable, required, text, timeText, UsageError } from '@sealpost/command-line';
import type { AccountEvent } from '../account/account.js';
import type { ServiceOptions } from '../http/service-address.js';
import { exportToFile } from '../node/export-file.js';
import { Sealpost } from '../sealpost.js';
import { command, type CommandContext } from './context.js';
import { confirmWords, inLines } from './recovery-words.js';
import { askLine } from './terminal.js';

export const sessionName = optional(text('NAME'), 'how the session is called among your log-ins');

interface Credentials {
  readonly loginId: string;
  readonly service: ServiceOptions;
  readonly password: string;
  readonly sessionName: string;
}

export async function credentials(
  context: CommandContext,
  { loginId, sessionName = 'command line' }: { readonly loginId: string; readonly sessionName?: string },
  isNew: boolean,
): Promise<Credentials> {
  const service = await context.service();
  return { loginId, service, sessionName, password: await context.password(isNew) };
}

const register = command({
  name: 'account register',
  alias: 'register',
  summary: 'make a new user; prints the recovery words, once',
  arguments: { loginId: required(text(), 'what you will log in with') },
  options: { sessionName, invitation: optional(text('CODE'), 'where the service asks for one') },
  run: async ({ invitation, ...given }, context) => {
    const account = await credentials(context, given, true);
    const options = { ...account, ...(invitation === undefined ? {} : { invitation }) };
    await context.withStorage(async (storage) => {
      const { client, recoveryWords } = await Sealpost.register({ ...options, storage });
      await context.profile.keepService(account.service);
      const { userId, loginId } = client;
      // On a terminal the words are gone from the screen once they were typed back.
      if (context.interactive) await confirmNewWords(context, recoveryWords);
      const words = `\n\nYour recovery words. ${ABOUT_WORDS}\n\n${inLines(recoveryWords)}\n`;
      await context.showWords(
        { userId, loginId, recoveryWords },
        `You are ${loginId} (${userId}).${context.interactive ? '' : words}`,
        ACCOUNT_EXISTS,
      );
    });
  },
});

const ABOUT_WORDS = 'Write them down: they are not shown again, and without them a lost\npassword cannot be replaced.';

const ACCOUNT_EXISTS = 'The account exists. "sealpost account replace-recovery-key" makes new words.';

/** The account is there already, whatever becomes of its words. */
async function confirmNewWords({ streams }: CommandContext, words: string): Promise<void> {
  streams.stderr.write(`These are your recovery words. ${ABOUT_WORDS}\n`);
  try {
    await confirmWords(streams, words);
    streams.stderr.write('Keep the words where the password is not.\n');
  } catch (error) {
    streams.stderr.write(`${ACCOUNT_EXISTS}\n`);
    throw error;
  }
}

const show = command({
  name: 'account show',
  alias: 'account',
  summary: 'show who you are here',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      const info = await client.account.get();
      const since = timeText(info.createdAt);
      context.write(info, `${info.loginId}  ${info.userId}  since ${since}  credentials ${info.credentialVersion}`);
    });
  },
});

const history = command({
  name: 'account history',
  alias: 'history',
  summary: 'what happened to your account, the newest first: log-ins, changes, recoveries',
  options: { limit: optional(count(), 'how many entries') },
  run: async ({ limit = Number.POSITIVE_INFINITY }, context) => {
    let left = limit;
    await context.withClient(async (client) => {
      if (left === 0) return;
      for await (const event of client.account.events()) {
        context.write(event, eventText(event));
        if (--left <= 0) return;
      }
    });
  },
});

function eventText({ at, kind, keyVersion, detail, ...event }: AccountEvent): string {
  const { sessionName, sessionId, client, otherSessionId } = event;
  const parts = [
    keyVersion === undefined ? undefined : `key version ${keyVersion}`,
    detail,
    otherSessionId === undefined ? undefined : `session ${otherSessionId}`,
    sessionId === undefined ? undefined : `by ${sessionName ?? `session ${sessionId}`}`,
    client === undefined ? undefined : `(${client})`,
  ];
  const known = parts.filter((part) => part !== undefined);
  return [timeText(at), printable(kind), ...known.map(printable)].join('  ');
}

const exportAccount = command({
  name: 'account export',
  summary: 'write what the server holds of you into a file; goes on where it was cut',
  details: 'What a password is guessed with is left out.',
  arguments: { file: required(file, 'a new file, or one that an export has begun') },
  run: async ({ file: path }, context) => {
    if (path === '-') throw new UsageError('An export goes to a file, so that it can go on where it was cut: name one');
    await context.withClient(async (client) => {
      const counts = await exportToFile(client, path);
      const rows = Object.values(counts).reduce((sum, number) => sum + number, 0);
      context.write({ file: path, counts }, `Exported ${rows} rows to ${printable(path)}.`);
    });
  },
});

const erase = command({
  name: 'account erase',
  summary: 'erase the account for ever, and this profile’s state',
  options: { loginId: optional(text(), 'your loginId, which is asked for otherwise') },
  run: async ({ loginId: given }, context) => {
    await context.withClient(async (client) => {
      const { loginId } = await client.account.get();
      if (context.interactive) {
        context.note(
          `This erases ${loginId} for ever: keys, mailbox, sessions, history. Others keep the messages that they have.`,
        );
      }
      const typed = given ?? (await askLine(context.streams, 'Type the loginId to go on: '));
      if (typed.trim() !== loginId) throw new UsageError('That is not the loginId of the account: nothing was erased');
      const password = await context.password(false);
      await client.account.erase({ password });
      context.write({ erased: loginId }, `The account ${loginId} is erased.`);
    });
  },
});

export const accountCommands = [register, show, history, exportAccount, erase];
