import { ClientError, isApiError } from '../errors.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { Environment } from './environment.js';
import { login } from './login.js';
import { register } from './registration.js';
import type { ServiceKey } from './service-key.js';

export interface ServiceSession {
  readonly key: ServiceKey;
  /** Shown in the list of sessions; default: none. */
  readonly sessionName?: string;
}

export interface ServiceRegistration extends ServiceSession {
  /** Where the service registers by invitation. */
  readonly invitation?: string;
}

/** The finished key, and the recovery words where the account was made now. */
export interface MadeServiceAccount {
  readonly key: ServiceKey;
  readonly recoveryWords?: string;
}

/**
 * Registers the account of a key, or signs in where an earlier attempt, whose outcome was lost, has done it. The key takes
 * the place of the password, byte for byte (protocol section 2): the server cannot tell a program from a person.
 */
export async function makeServiceAccount(
  environment: Environment,
  options: ServiceRegistration,
): Promise<MadeServiceAccount> {
  const credentials = credentialsOf(options);
  let recoveryWords: string | undefined;
  try {
    const { invitation } = options;
    // Its strength is known.
    recoveryWords = await register(
      { ...environment, minimumPasswordScore: 0 },
      {
        ...credentials,
        ...(invitation === undefined ? {} : { invitation }),
      },
    );
  } catch (error) {
    if (!isApiError(error, 'auth.login-id-taken', 'auth.invitation-refused')) throw error;
    await login(environment, credentials).catch((refusal: unknown) => {
      throw isApiError(refusal, 'auth.login-refused') ? error : refusal;
    });
  }
  const account = await markAsService(environment);
  const { userId, suite } = account;
  const key = { ...options.key, account: { userId, suite } };
  return recoveryWords === undefined ? { key } : { key, recoveryWords };
}

/** Signs in with nothing but the key. What it says of the account counts as seen before: user and suite. */
export async function openServiceAccount(environment: Environment, options: ServiceSession): Promise<void> {
  const { account, loginId, service } = options.key;
  if (account === undefined) {
    throw new ClientError('service-key.refused', 'The registration of this key’s account was not finished');
  }
  if ((await environment.state.record('account')) === null) {
    const { serviceId } = service;
    const record: AccountRecord = { serviceId, loginId, ...account, vaultVersion: 0, service: true };
    await environment.state.commit(new Changes().set('account', record));
  }
  await login(environment, credentialsOf(options), account.userId);
  await markAsService(environment);
}

async function markAsService({ state }: Environment): Promise<AccountRecord> {
  const account = await state.record('account');
  if (account === null) throw new ClientError('client.no-account', 'There is no session: log in first');
  const marked: AccountRecord = { ...account, service: true };
  await state.commit(new Changes().set('account', marked));
  return marked;
}

function credentialsOf({ key, sessionName }: ServiceSession) {
  return {
    loginId: key.loginId,
    password: key.key,
    ...(sessionName === undefined ? {} : { sessionName }),
  };
}
