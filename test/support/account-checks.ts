import type { AccountJson } from '@sealpost/protocol';
import { call, challengeFor, expectOk } from './api.js';
import type { TestUser } from './api.js';
import { loginRequest } from './identity.js';
import type { TestIdentity } from './identity.js';

// What somebody finds after a change of what opens the account: who gets in, which session goes on, what it says.

type Service = Parameters<typeof call>[0];
type Coded = { readonly code?: string };

/** With which code a log-in ends. */
export async function loginCode(server: Service, identity: TestIdentity): Promise<string> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = loginRequest(identity, challenge);
  const answer = await call<Coded>(server, 'POST', '/v1/auth/login', { body });
  return answer.body.code ?? 'logged in';
}

/** With which code a refresh of the session's tokens ends. */
export async function refreshCode(server: Service, { refreshToken }: TestUser): Promise<string> {
  const answer = await call<Coded>(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
  return answer.body.code ?? 'refreshed';
}

export async function isSignedIn(server: Service, { token }: TestUser): Promise<boolean> {
  return (await call(server, 'GET', '/v1/account/sessions', { token })).status === 200;
}

export async function accountOf(server: Service, { token }: TestUser): Promise<AccountJson> {
  return expectOk<AccountJson>(server, 'GET', '/v1/account', { token });
}
