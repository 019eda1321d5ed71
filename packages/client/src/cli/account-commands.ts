import { Sealpost } from '../sealpost.js';
import type { Command, CommandContext } from './command.js';
import { printable, timeText } from './terminal.js';

const credentialOptions = {
  'password-stdin': { type: 'boolean' },
  'session-name': { type: 'string' },
} as const;

const CREDENTIALS = '--url ADDRESS --service-id NAME [--session-name N] [--password-stdin]';

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
      context.write(
        { userId, loginId, recoveryWords },
        `You are ${loginId} (${userId}).\n\nYour recovery words. Write them down: they are not shown again, and without ` +
          `them a lost\npassword cannot be replaced.\n\n${inLines(recoveryWords)}\n`,
      );
    });
    return undefined;
  },
};

/** Six words a line, numbered, to copy by hand. */
function inLines(words: string): string {
  const numbered = words.split(' ').map((word, index) => `${String(index + 1).padStart(4)} ${word.padEnd(9)}`);
  const lines = [0, 6, 12, 18].map((start) => numbered.slice(start, start + 6).join(' '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

const login: Command = {
  usage: `LOGIN_ID ${CREDENTIALS}`,
  summary: 'sign in on this profile',
  options: credentialOptions,
  run: async (context) => {
    const given = await credentials(context, false);
    await context.withStorage(async (storage) => {
      const { userId, loginId } = await Sealpost.login({ ...given, storage });
      await context.profile.keepService(given.service);
      context.write({ userId, loginId }, `Signed in as ${loginId} (${userId}).`);
    });
    return undefined;
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

export const accountCommands = { register, login, logout, sessions, token } satisfies Record<string, Command>;
