import type { AccountEvent } from '../account/account.js';
import { Sealpost } from '../sealpost.js';
import type { Command, CommandContext } from './command.js';
import { confirmWords, inLines } from './recovery-words.js';
import { stateOptions, warnOfState } from './state-commands.js';
import { printable, timeText } from './terminal.js';

export const credentialOptions = {
  'password-stdin': { type: 'boolean' },
  'session-name': { type: 'string' },
} as const;

export const CREDENTIALS = '--url ADDRESS --service-id NAME [--session-name N] [--password-stdin]';

async function credentials(context: CommandContext, isNew: boolean) {
  const loginId = context.only('loginId');
  const service = await context.service();
  const sessionName = context.text('session-name') ?? 'command line';
  const password = await context.password(isNew);
  return { loginId, service, password, sessionName };
}

const register: Command = {
  usage: `LOGIN_ID ${CREDENTIALS} [--invitation CODE]`,
  summary: 'make a new user; prints the recovery words, once',
  options: { ...credentialOptions, invitation: { type: 'string' } },
  run: async (context) => {
    const given = await credentials(context, true);
    const invitation = context.text('invitation');
    const options = { ...given, ...(invitation === undefined ? {} : { invitation }) };
    await context.withStorage(async (storage) => {
      const { client, recoveryWords } = await Sealpost.register({ ...options, storage });
      await context.profile.keepService(given.service);
      const { userId, loginId } = client;
      // On a terminal the words are gone from the screen once they were typed back.
      if (context.interactive) await confirmNewWords(context, recoveryWords);
      const words = `\n\nYour recovery words. ${ABOUT_WORDS}\n\n${inLines(recoveryWords)}\n`;
      context.write(
        { userId, loginId, recoveryWords },
        `You are ${loginId} (${userId}).${context.interactive ? '' : words}`,
      );
    });
    return undefined;
  },
};

const ABOUT_WORDS = 'Write them down: they are not shown again, and without them a lost\npassword cannot be replaced.';

/** The account is there already, whatever becomes of its words. */
async function confirmNewWords({ streams }: CommandContext, words: string): Promise<void> {
  streams.stderr.write(`These are your recovery words. ${ABOUT_WORDS}\n`);
  try {
    await confirmWords(streams, words);
    streams.stderr.write('Keep the words where the password is not.\n');
  } catch (error) {
    streams.stderr.write('The account exists. "sealpost recovery-key" makes new words.\n');
    throw error;
  }
}

const login: Command = {
  usage: `LOGIN_ID ${CREDENTIALS} [--discard-state]`,
  summary: 'sign in on this profile; --discard-state gives up a shared state that cannot be used, see "state"',
  options: { ...credentialOptions, ...stateOptions },
  run: async (context) => {
    const given = await credentials(context, false);
    return context.withStorage(async (storage) => {
      const client = await Sealpost.login({ ...given, storage, discardState: context.flag('discard-state') });
      await context.profile.keepService(given.service);
      const { userId, loginId } = client;
      context.write({ userId, loginId }, `Signed in as ${loginId} (${userId}).`);
      return warnOfState(context, client);
    });
  },
};

const logout: Command = {
  usage: '[--forget]',
  summary: 'end the session and remove its secrets; --forget removes also what was seen of others',
  options: { forget: { type: 'boolean' } },
  run: async (context) => {
    context.none();
    await context.withClient((client) => client.logout({ forget: context.flag('forget') }));
    context.write({ signedOut: true }, 'Signed out.');
    return undefined;
  },
};

const sessions: Command = {
  usage: '[--revoke ID]',
  summary: 'list the log-ins of this user, or end one',
  options: { revoke: { type: 'string' } },
  run: async (context) => {
    context.none();
    const ended = context.text('revoke');
    await context.withClient(async (client) => {
      if (ended !== undefined) {
        await client.sessions.revoke(ended);
        context.write({ revoked: ended }, `Ended session ${ended}.`);
        return;
      }
      for (const session of await client.sessions.list()) {
        const used = timeText(session.lastUsedAt);
        const name = session.name === '' ? '(no name)' : printable(session.name);
        context.write(session, `${session.id}  last used ${used}  ${name}${session.current ? '  (this one)' : ''}`);
      }
    });
    return undefined;
  },
};

const token: Command = {
  usage: '',
  summary: 'print an access token, for curl or the "Authorize" of Swagger UI; it lasts some minutes',
  options: {},
  run: async (context) => {
    context.none();
    await context.withClient(async (client) => {
      const accessToken = await client.sessions.accessToken();
      context.write({ accessToken }, accessToken);
    });
    return undefined;
  },
};

const account: Command = {
  usage: '',
  summary: 'show who you are here',
  options: {},
  run: async (context) => {
    context.none();
    await context.withClient(async (client) => {
      const info = await client.account.get();
      const since = timeText(info.createdAt);
      context.write(info, `${info.loginId}  ${info.userId}  since ${since}  credentials ${info.credentialVersion}`);
    });
    return undefined;
  },
};

const history: Command = {
  usage: '[--limit N]',
  summary: 'what happened to your account, the newest first: log-ins, changes, recoveries',
  options: { limit: { type: 'string' } },
  run: async (context) => {
    context.none();
    let left = context.number('limit') ?? Number.POSITIVE_INFINITY;
    await context.withClient(async (client) => {
      if (left === 0) return;
      for await (const event of client.account.events()) {
        context.write(event, eventText(event));
        if (--left <= 0) return;
      }
    });
    return undefined;
  },
};

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

export const accountCommands = { register, login, logout, sessions, token, account, history } satisfies Record<
  string,
  Command
>;
