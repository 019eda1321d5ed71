import type { LoginJson } from '@sealpost/protocol';

import { chainOfPin } from '../trust/chain-pin.js';
import { missingFrom } from '../trust/shared-trust.js';
import { RewoundChains } from '../contacts/rewound-chains.js';
import type { UserApi } from '../http/user-api.js';
import { republicationOf, republished } from '../keys/republication.js';
import { openOwnVault } from '../keys/vault-box.js';
import { EMPTY_USER } from '../trust/shared-trust.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { Environment } from './environment.js';

/** A log-in at a server that may have been restored, with the vault key that its unlock held. */
interface RestoredLogin {
  readonly loginId: string;
  readonly vaultKey: Uint8Array;
  readonly answer: LoginJson;
}

/**
 * Settles, for a user who has consented, what the server shows less of the account than this storage has seen: gives it back
 * what the storage still holds, or goes on from what the server shows.
 * @returns the account with what may be asked of the server from now on
 */
export async function settleRestored(
  { state, address, now }: Environment,
  api: UserApi,
  { loginId, vaultKey, answer }: RestoredLogin,
  account: AccountRecord | null,
): Promise<AccountRecord | null> {
  const { userId } = answer;
  const pin = await state.chain(userId);
  if (pin === null || account === null) return account;
  const pinned = chainOfPin(pin);
  const rewound = new RewoundChains(api, state, address.serviceId, now, userId);
  const chain = await rewound.shown(userId);
  const known = (await state.knownUser(userId)) ?? EMPTY_USER;
  if (missingFrom(chain, pinned, known).size === 0) return account;
  const session = await state.record('session');
  const { vaultVersion } = answer;
  const held = session === null ? null : { chain: pinned, session, account: { ...account, loginId } };
  const request = held === null ? null : republicationOf(held, vaultKey, { chain, vaultVersion });
  if (request !== null && (await republished(api, request))) return account;
  // Nothing is given up before the vault that the server shows has opened.
  openOwnVault(vaultKey, await api.vault(), chain, 0);
  await rewound.giveUp(userId, pinned, null);
  const older = { ...account, vaultVersion: 0 };
  await state.commit(new Changes().set('account', older));
  return older;
}
