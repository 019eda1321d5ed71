import { isNormalisedLoginId, requireBase64Url, type AccountJson } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import { ClientError } from '../errors.js';
import type { AccountApi } from '../http/account-api.js';
import type { AccountRecord } from '../state/records.js';
import { chooseAccountSecret } from './account-secret.js';
import type { Environment } from './environment.js';
import { PasswordProof } from './password-proof.js';

/** What every change starts from: who this is here and at the server, and the vault key. */
export interface ChangeStart {
  readonly record: AccountRecord;
  readonly account: AccountJson;
  readonly vaultKey: Uint8Array;
  readonly proof: PasswordProof;
}

/** @throws ClientError `client.no-account`, `client.bad-answer` */
export async function startChange(environment: Environment, api: AccountApi, password: string): Promise<ChangeStart> {
  checkPasswordArgument(password);
  const { state, address } = environment;
  const [record, session] = [await state.record('account'), await state.record('session')];
  if (record === null || session === null) {
    throw new ClientError('client.no-account', 'There is no session: log in first');
  }
  const account = await api.account();
  const { loginId } = account;
  if (account.userId !== record.userId || !isNormalisedLoginId(loginId)) {
    throw new ClientError('client.bad-answer', 'The server shows another account than that of this session');
  }
  const accountSecret = chooseAccountSecret(undefined, record);
  const proof = new PasswordProof({ serviceId: address.serviceId, loginId, accountSecret }, password);
  return { record, account, vaultKey: requireBase64Url(session.vaultKey, 'vaultKey', 32), proof };
}
