import { requireBase64Url } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import { ClientError } from '../errors.js';
import { chooseAccountSecret } from './account-secret.js';
import type { Environment } from './environment.js';
import type { OwnAccount, OwnIdentity } from './own-account.js';
import { PasswordProof } from './password-proof.js';

/** What every change starts from: who this is here and at the server, and the vault key. */
export interface ChangeStart extends OwnIdentity {
  readonly vaultKey: Uint8Array;
  readonly proof: PasswordProof;
}

/** @throws ClientError `client.no-account`, `client.bad-answer` */
export async function startChange(environment: Environment, own: OwnAccount, password: string): Promise<ChangeStart> {
  checkPasswordArgument(password);
  const { state, address } = environment;
  const session = await state.record('session');
  if (session === null) throw new ClientError('client.no-account', 'There is no session: log in first');
  const { record, account } = await own.get();
  const accountSecret = chooseAccountSecret(undefined, record);
  const proof = new PasswordProof({ serviceId: address.serviceId, loginId: record.loginId, accountSecret }, password);
  return { record, account, vaultKey: requireBase64Url(session.vaultKey, 'vaultKey', 32), proof };
}
