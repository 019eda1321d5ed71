import { call, expectOk, logIn, registerUser } from '../api.js';
import { freshUuid } from '../identity.js';
import { type Act, byNewUser, type Stage, type StateChange } from './state-change.js';
import { callAsOwner } from '../signing-proof.js';

export const SESSION_CHANGES: readonly StateChange[] = [
  {
    route: 'post /v1/auth/register',
    tables: [
      'used_challenges',
      'accounts',
      'key_statements',
      'key_heads',
      'handles',
      'vaults',
      'mailboxes',
      'sessions',
      'account_histories',
      'account_events',
    ],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const loginId = `late-${freshUuid()}`;
      return async () => ({ status: await registerUser(server, { loginId }).then(() => 201, statusOf) });
    },
  },
  {
    route: 'post /v1/auth/challenge',
    tables: [],
    prepare: byNewUser(({ server }, { loginId }) => call(server, 'POST', '/v1/auth/challenge', { body: { loginId } })),
  },
  {
    route: 'post /v1/auth/login',
    tables: ['used_challenges', 'sessions', 'account_histories', 'account_events'],
    prepare: byNewUser(async ({ server }, { identity }) => ({
      status: await logIn(server, identity).then(() => 200, statusOf),
    })),
  },
  {
    route: 'post /v1/auth/refresh',
    tables: ['sessions'],
    single: true,
    prepare: byNewUser(({ server }, { refreshToken }) =>
      call(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } }),
    ),
  },
  {
    route: 'post /v1/auth/refresh',
    variant: 'of a token that two parties hold',
    tables: ['sessions', 'account_histories', 'account_events'],
    done: 401,
    prepare: async ({ server }: Stage): Promise<Act> => {
      const { refreshToken } = await registerUser(server);
      const refresh = (token: string) => ({ body: { refreshToken: token } });
      const path = '/v1/auth/refresh';
      const next = await expectOk<{ refreshToken: string }>(server, 'POST', path, refresh(refreshToken));
      await expectOk(server, 'POST', path, refresh(next.refreshToken));
      return () => call(server, 'POST', path, refresh(refreshToken));
    },
  },
  {
    route: 'post /v1/auth/logout',
    tables: ['sessions', 'account_histories', 'account_events'],
    prepare: byNewUser(({ server }, { token }) => call(server, 'POST', '/v1/auth/logout', { token })),
  },
  {
    route: 'delete /v1/account/sessions/{id}',
    tables: ['used_challenges', 'sessions', 'account_histories', 'account_events'],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      const { sessionId } = await logIn(server, user.identity);
      return () => callAsOwner(server, user, 'DELETE', `/v1/account/sessions/${sessionId}`);
    },
  },
];

/** The status in the error of a builder that takes no other answer than the right one. */
function statusOf(error: unknown): number {
  const [, status] = /: (\d{3}) /.exec(error instanceof Error ? error.message : '') ?? [];
  if (status === undefined) throw error;
  return Number(status);
}
