import { flag, optional, printable, required, text, timeText, UsageError } from '@sealpost/command-line';
import { Sealpost } from '../sealpost.js';
import { credentials, sessionName } from './account-commands.js';
import { command } from './context.js';
import { discardState, warnOfState } from './state-commands.js';

const login = command({
  name: 'sessions login',
  alias: 'login',
  summary: 'sign in on this profile',
  arguments: { loginId: required(text(), 'what you log in with') },
  options: {
    sessionName,
    discardState,
    acceptRestored: flag('go on after the service was restored from a backup, see "keys accept-restored"'),
  },
  run: async ({ discardState, acceptRestored, ...given }, context) => {
    const account = await credentials(context, given, false);
    return context.withStorage(async (storage) => {
      const client = await Sealpost.open({ ...account, storage, discardState, acceptRestored });
      await context.profile.keepService(account.service);
      const { userId, loginId } = client;
      context.write({ userId, loginId }, `Signed in as ${loginId} (${userId}).`);
      return warnOfState(context, client);
    });
  },
});

const logout = command({
  name: 'sessions logout',
  alias: 'logout',
  summary: 'end the session, and remove its secrets',
  options: { forget: flag('remove also what was seen of others') },
  run: async ({ forget }, context) => {
    await context.withClient((client) => client.logout({ forget }));
    context.write({ signedOut: true }, 'Signed out.');
  },
});

const list = command({
  name: 'sessions list',
  alias: 'sessions',
  summary: 'list your log-ins',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      for (const session of await client.sessions.list()) {
        const used = timeText(session.lastUsedAt);
        const name = session.name === '' ? '(no name)' : printable(session.name);
        context.write(session, `${session.id}  last used ${used}  ${name}${session.current ? '  (this one)' : ''}`);
      }
    });
  },
});

const revoke = command({
  name: 'sessions revoke',
  summary: 'end one of your log-ins',
  arguments: { id: required(text(), 'of "sessions list"') },
  run: async ({ id }, context) => {
    await context.withClient((client) => client.sessions.revoke(id));
    context.write({ revoked: id }, `Ended session ${id}.`);
  },
});

const token = command({
  name: 'sessions token',
  alias: 'token',
  summary: 'print an access token, for curl or the "Authorize" of Swagger UI; it lasts some minutes',
  details: 'With METHOD and PATH the headers of one request, for curl -H @FILE.',
  arguments: {
    method: optional(text(), 'e.g. DELETE'),
    path: optional(text(), 'e.g. /v1/blocks/USER_ID'),
  },
  run: async ({ method, path }, context) => {
    if (method !== undefined && path === undefined) {
      throw new UsageError('Give a method and a path, e.g. DELETE /v1/blocks/USER_ID, or neither');
    }
    await context.withClient(async (client) => {
      if (method !== undefined && path !== undefined) {
        const headers = await client.sessions.authorization(method, path);
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        context.write(headers, lines.join('\n'));
        return;
      }
      const accessToken = await client.sessions.accessToken();
      context.write({ accessToken }, accessToken);
    });
  },
});

export const sessionCommands = [login, logout, list, revoke, token];
