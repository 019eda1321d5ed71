import type {
  AccountEventJson,
  AccountEventsJson,
  ChangePasswordRequestJson,
  CredentialsJson,
  EraseAccountRequestJson,
  OpenRecoveryJson,
  ProblemJson,
} from '@sealpost/protocol';
import { call, challengeFor, expectOk } from './api.js';
import type { Answer, TestUser } from './api.js';
import {
  changePasswordRequest,
  eraseRequest,
  openRecoveryRequest,
  recoverRequest,
  replaceRecoveryKeyRequest,
} from './credentials.js';
import type { CredentialOptions } from './credentials.js';
import type { TestIdentity } from './identity.js';

interface Service {
  readonly url: string;
}

/** What a change was answered, and who its user is if it was accepted. */
export interface Changed {
  readonly answer: Answer<CredentialsJson & ProblemJson>;
  readonly changed: TestIdentity;
}

interface ChangeOptions extends CredentialOptions {
  /** What of the request is to be another than it should. */
  readonly change?: Partial<ChangePasswordRequestJson> & { readonly userId?: string };
}

export async function changePassword(server: Service, user: TestUser, options: ChangeOptions = {}): Promise<Changed> {
  const { challenge } = await challengeFor(server, user.identity.loginId);
  const { request, changed } = changePasswordRequest(user.identity, challenge, options);
  const body = { ...request, ...options.change };
  return { answer: await call(server, 'POST', '/v1/account/password', { token: user.token, body }), changed };
}

export async function recover(server: Service, identity: TestIdentity, options: ChangeOptions = {}): Promise<Changed> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const { request, changed } = recoverRequest(identity, challenge, options);
  const body = { ...request, ...options.change };
  return { answer: await call(server, 'POST', '/v1/auth/recovery', { body }), changed };
}

export async function openRecovery(
  server: Service,
  identity: TestIdentity,
): Promise<Answer<OpenRecoveryJson & ProblemJson>> {
  const { challenge } = await challengeFor(server, identity.loginId);
  return call(server, 'POST', '/v1/auth/recovery/open', { body: openRecoveryRequest(identity, challenge) });
}

export async function replaceRecoveryKey(
  server: Service,
  user: TestUser,
  options: Pick<CredentialOptions, 'credentialVersion'> = {},
): Promise<Changed> {
  const { challenge } = await challengeFor(server, user.identity.loginId);
  const { request: body, changed } = replaceRecoveryKeyRequest(user.identity, challenge, options);
  return { answer: await call(server, 'PUT', '/v1/account/recovery-key', { token: user.token, body }), changed };
}

/** @param change what of the request is to be another than it should */
export async function eraseAccount(
  server: Service,
  user: TestUser,
  change: Partial<EraseAccountRequestJson> = {},
): Promise<Answer<ProblemJson>> {
  const { challenge } = await challengeFor(server, user.identity.loginId);
  const body = { ...eraseRequest(user.identity, challenge), ...change };
  return call(server, 'POST', '/v1/account/erasure', { token: user.token, body });
}

/** The whole history of the user, the newest first, read in pages of `limit`. */
export async function historyOf(server: Service, token: string, limit = 50): Promise<AccountEventJson[]> {
  const events: AccountEventJson[] = [];
  for (let before = ''; ;) {
    const path = `/v1/account/events?limit=${limit}${before}`;
    const page = await expectOk<AccountEventsJson>(server, 'GET', path, { token });
    events.push(...page.items);
    if (page.next === undefined) return events;
    before = `&before=${page.next}`;
  }
}
