import { PASSWORD_SUITES, type ServiceJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { PublicApi } from '../http/public-api.js';
import type { ServiceAddress } from '../http/service-address.js';
import type { AccountRecord } from '../state/records.js';

/** Asks who the server is, and refuses one that does not give the configured name (protocol section 1). */
export async function checkService(api: PublicApi, address: ServiceAddress): Promise<ServiceJson> {
  const service = await api.service();
  if (service.serviceId !== address.serviceId) {
    const names = `"${service.serviceId}" instead of "${address.serviceId}"`;
    throw new ClientError('client.wrong-service', `The server at ${address.url} calls itself ${names}`);
  }
  return service;
}

/** What the server says of itself, asked once and checked. */
export class ServiceFacts {
  #known: ServiceJson | null = null;

  constructor(
    private readonly api: PublicApi,
    private readonly address: ServiceAddress,
  ) {}

  async known(): Promise<ServiceJson> {
    return (this.#known ??= await checkService(this.api, this.address));
  }

  /** Asks the service for its facts anew. */
  async refresh(): Promise<ServiceJson> {
    return (this.#known = await checkService(this.api, this.address));
  }
}

/** Refuses a storage whose pins, secrets and keys are another service's. */
export function requireService(account: AccountRecord | null, { serviceId }: ServiceAddress): void {
  if (account === null || account.serviceId === serviceId) return;
  throw new ClientError('storage.other-account', `The storage belongs to service ${account.serviceId}`);
}

/** The lowest suite that a challenge may name: the one that the account has had, and the one that the program asks for. */
export function leastSuite({ minimumSuite }: ServiceAddress, account: AccountRecord | null): number {
  return Math.max(minimumSuite, account?.suite ?? 0);
}

/**
 * The suite of credentials that are made now: the service's, and never a lower one than the account has had. What the
 * service names for new accounts may sink by its operator's decision; nobody's credentials get weaker by that, and nobody
 * is kept from replacing them. Servers take every suite that they know, below and above their own.
 * @param highest that was seen for the account; 0 where none was
 */
export function suiteOfNewCredentials({ passwordSuite }: ServiceJson, highest: number): number {
  const suite = Math.max(passwordSuite, highest);
  for (const named of [passwordSuite, suite]) checkSuite(named, 0);
  return suite;
}

/**
 * Refuses the password suite that a challenge or a handover names for an account, before anything is computed with it
 * (protocol section 2).
 * @param highest that this client has seen for the account, or that its program asks for; 0 where there is neither
 */
export function checkSuite(suite: number, highest: number): void {
  if (!PASSWORD_SUITES.has(suite)) {
    throw new ClientError('login.suite-unknown', `The server names password suite ${suite}, which is not known here`);
  }
  if (suite < highest) {
    throw new ClientError(
      'login.suite-lowered',
      `The server names password suite ${suite}, though the account has ${highest} or more: it may be trying to weaken it`,
    );
  }
}
