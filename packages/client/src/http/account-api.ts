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
import { accountAnswer, accountEventsAnswer, credentialsAnswer, openRecoveryAnswer } from './answers-account.js';
import type { LineStream } from './line-stream.js';
import type { StreamRequest, Transport } from './transport.js';

/** The routes of a recovery, which need no session. Each spends a challenge: see PublicApi.login(). */
export class RecoveryApi {
  constructor(private readonly transport: Transport) {}

  open(body: OpenRecoveryRequestJson): Promise<OpenRecoveryJson> {
    const path = 'v1/auth/recovery/open';
    return this.transport.request({ method: 'POST', path, body, answer: openRecoveryAnswer, repeatable: false });
  }

  recover(body: RecoverRequestJson): Promise<CredentialsJson> {
    const path = 'v1/auth/recovery';
    return this.transport.request({ method: 'POST', path, body, answer: credentialsAnswer, repeatable: false });
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
  events(before: number | undefined, limit: number): Promise<AccountEventsJson> {
    const path = 'v1/account/events';
    const query = { before, limit };
    return this.access.request({ method: 'GET', path, query, answer: accountEventsAnswer, repeatable: true });
  }

  /** Spends the challenge, as a log-in does. */
  changePassword(body: ChangePasswordRequestJson): Promise<CredentialsJson> {
    const path = 'v1/auth/password';
    return this.access.request({ method: 'POST', path, body, answer: credentialsAnswer, repeatable: false });
  }

  /** As changePassword(). */
  erase(body: EraseAccountRequestJson): Promise<void> {
    return this.access.request({ method: 'DELETE', path: 'v1/account', body, repeatable: false });
  }

  /** As changePassword(). */
  rekey(body: RekeyRequestJson): Promise<CredentialsJson> {
    const path = 'v1/auth/rekey';
    return this.access.request({ method: 'POST', path, body, answer: credentialsAnswer, repeatable: false });
  }

  /** As changePassword(). */
  addEscrow(body: AddEscrowRequestJson): Promise<CredentialsJson> {
    const path = 'v1/auth/escrow';
    return this.access.request({ method: 'PUT', path, body, answer: credentialsAnswer, repeatable: false });
  }

  /** As changePassword(). */
  replaceRecoveryKey(body: ReplaceRecoveryKeyRequestJson): Promise<CredentialsJson> {
    const path = 'v1/auth/recovery-key';
    return this.access.request({ method: 'PUT', path, body, answer: credentialsAnswer, repeatable: false });
  }
}
