import { decodeBase64Url, encodeBase64Url, LENGTHS } from '@sealpost/protocol';
import { given } from '../arguments.js';
import { randomBytes } from '../crypto/primitives.js';
import { ClientError, isApiError } from '../errors.js';
import { base64Url, integer, listOf, objectOf, oneOf, optional, parseJson, text } from '../http/json-shape.js';
import type { ServiceOptions } from '../http/service-address.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { Environment } from './environment.js';
import { login } from './login.js';
import { register } from './registration.js';

/** All that a program needs to act as a service account. Whoever has it is the account: keep it as you keep a password. */
export interface ServiceKey {
  readonly service: ServiceOptions;
  readonly loginId: string;
  /** 32 random bytes, base64url: what a password is to a person. */
  readonly key: string;
  /** The registered account; absent while it is not known whether the registration succeeded. */
  readonly account?: ServiceKeyAccount;
}

export interface ServiceKeyAccount {
  readonly userId: string;
  /** The server may never name a lower one (protocol section 2). */
  readonly suite: number;
}

const FORMAT = 'sealpost-service-key-v1';

interface ServiceKeyJson {
  readonly format: typeof FORMAT;
  readonly url: string;
  readonly serviceId: string;
  readonly origins?: readonly string[];
  readonly loginId: string;
  readonly key: string;
  readonly account?: ServiceKeyAccount;
}

const shape = objectOf<ServiceKeyJson>({
  format: oneOf([FORMAT]),
  url: text,
  serviceId: text,
  origins: optional(listOf(text)),
  loginId: text,
  key: base64Url,
  account: optional(objectOf<ServiceKeyAccount>({ userId: text, suite: integer })),
});

/** A key for an account that is to be registered. Needs libsodium to be loaded. */
export function generateServiceKey(service: ServiceOptions, loginId: string): ServiceKey {
  return { service, loginId, key: encodeBase64Url(randomBytes(LENGTHS.seed)) };
}

/** The key as the text of its file. */
export function encodeServiceKey({ service, loginId, key, account }: ServiceKey): string {
  const { url, serviceId, origins } = service;
  const json = { format: FORMAT, url, serviceId, origins, loginId, key, account };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** @throws ClientError `service-key.refused`, which says nothing of the content */
export function decodeServiceKey(content: string): ServiceKey {
  const { url, serviceId, origins, loginId, key, account } = jsonOf(content);
  if (decodeBase64Url(key)?.length !== LENGTHS.seed) throw notAKey();
  return { service: { url, serviceId, ...given({ origins }) }, loginId, key, ...given({ account }) };
}

function jsonOf(content: string): ServiceKeyJson {
  try {
    return shape(parseJson(content), '');
  } catch {
    throw notAKey();
  }
}

function notAKey(): ClientError {
  return new ClientError('service-key.refused', 'This is not the key of a service account');
}

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
      { ...credentials, ...given({ invitation }) },
    );
  } catch (error) {
    if (!isApiError(error, 'auth.login-id-taken', 'auth.invitation-refused')) throw error;
    await login(environment, credentials).catch((refusal: unknown) => {
      throw isApiError(refusal, 'auth.login-refused') ? error : refusal;
    });
  }
  const account = await markAsService(environment);
  const { userId, suite } = account;
  return { key: { ...options.key, account: { userId, suite } }, ...given({ recoveryWords }) };
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
  const marked: AccountRecord = { ...(await state.getRecord('account')), service: true };
  await state.commit(new Changes().set('account', marked));
  return marked;
}

function credentialsOf({ key, sessionName }: ServiceSession) {
  return { loginId: key.loginId, password: key.key, ...given({ sessionName }) };
}
