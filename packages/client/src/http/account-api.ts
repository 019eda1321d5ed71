import type {
  AccountEventsJson,
  AccountJson,
  AddEscrowRequestJson,
  ChangePasswordRequestJson,
  CredentialsJson,
  EraseAccountRequestJson,
  OpenRecoveryJson,
  OpenRecoveryRequestJson,
  RecoverRequestJson,
  RekeyRequestJson,
  ReplaceRecoveryKeyRequestJson,
} from '@sealpost/protocol';
import type { Access } from './access.js';
import type { DeviceTokenSource } from './api.js';
import { LIST, WITH_VAULT } from './answer-size.js';
import { accountAnswer, accountEventsAnswer, credentialsAnswer, openRecoveryAnswer } from './answers-account.js';
import type { CallOptions } from './call-options.js';
import { about, type Shape } from './json-shape.js';
import type { LineStream } from './line-stream.js';
import type { StreamRequest, Transport } from './transport.js';

/** Each change of credentials makes the next version of them. */
function nextCredentials(body: { readonly credentialVersion: number }): Shape<CredentialsJson> {
  const isNext = ({ credentialVersion }: CredentialsJson): boolean => credentialVersion === body.credentialVersion + 1;
  return about(credentialsAnswer, isNext, 'another change of the credentials');
}

/** The routes of a recovery, which need no session. Each spends a challenge: see PublicApi.login(). */
export class RecoveryApi {
  constructor(
    private readonly transport: Transport,
    private readonly device: DeviceTokenSource,
  ) {}

  async open(body: OpenRecoveryRequestJson): Promise<OpenRecoveryJson> {
    const path = 'v1/auth/recovery/open';
    const request = { method: 'POST', path, body, answer: openRecoveryAnswer, size: WITH_VAULT } as const;
    return this.transport.request({ ...request, deviceToken: await this.device(), repeatable: false });
  }

  async recover(body: RecoverRequestJson): Promise<CredentialsJson> {
    const request = { method: 'POST', path: 'v1/auth/recovery', body, answer: nextCredentials(body) } as const;
    return this.transport.request({ ...request, deviceToken: await this.device(), repeatable: false });
  }
}

/** The routes of a signed-in user about the account itself. */
export class AccountApi {
  constructor(private readonly access: Access) {}

  account(): Promise<AccountJson> {
    return this.access.request({ method: 'GET', path: 'v1/account', answer: accountAnswer, repeatable: true });
  }

  /** One attempt. @param after the cursor of the last line that was taken */
  openExport(
    after: string | undefined,
    options: Pick<StreamRequest, 'signal' | 'answerWithinMs'>,
  ): Promise<LineStream> {
    return this.access.openLines({ path: 'v1/account/export', query: { after }, ...options });
  }

  /** The policy by which this connection repeats what failed. */
  get repeating(): Access['repeating'] {
    return this.access.repeating;
  }

  /** @param before the id of an event; absent: from the newest on */
  events(before: number | undefined, limit: number, call: CallOptions = {}): Promise<AccountEventsJson> {
    const path = 'v1/account/events';
    const query = { before, limit };
    const request = { method: 'GET', path, query, answer: accountEventsAnswer, size: LIST } as const;
    return this.access.request({ ...request, repeatable: true, ...call });
  }

  /** Spends the challenge, as a log-in does. */
  changePassword(body: ChangePasswordRequestJson): Promise<CredentialsJson> {
    const path = 'v1/account/password';
    return this.access.request({ method: 'POST', path, body, answer: nextCredentials(body), repeatable: false });
  }

  /** Settles what is in doubt like changePassword(). */
  erase(body: EraseAccountRequestJson): Promise<void> {
    return this.access.request({ method: 'POST', path: 'v1/account/erasure', body, repeatable: false });
  }

  /** Settles what is in doubt like changePassword(). */
  rekey(body: RekeyRequestJson): Promise<CredentialsJson> {
    const path = 'v1/account/vault-key';
    return this.access.request({ method: 'POST', path, body, answer: nextCredentials(body), repeatable: false });
  }

  /** Settles what is in doubt like changePassword(). */
  addEscrow(body: AddEscrowRequestJson): Promise<CredentialsJson> {
    const path = 'v1/account/escrow';
    return this.access.request({ method: 'PUT', path, body, answer: nextCredentials(body), repeatable: false });
  }

  /** Settles what is in doubt like changePassword(). */
  replaceRecoveryKey(body: ReplaceRecoveryKeyRequestJson): Promise<CredentialsJson> {
    const path = 'v1/account/recovery-key';
    return this.access.request({ method: 'PUT', path, body, answer: nextCredentials(body), repeatable: false });
  }
}
