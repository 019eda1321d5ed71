import {
  encodeBase64Url,
  equalBytes,
  LIMITS,
  republicationBytes,
  type RepublishRequestJson,
  type VaultContent,
} from '@sealpost/protocol';

import { signedStatementJson } from '../trust/chain-pin.js';
import { newestOf, statementAt, type KeyChain } from '../trust/chain.js';
import { constantTimeEqual, sha256, sign } from '../crypto/primitives.js';
import { signHandle } from '../crypto/user-keys.js';
import { sealVault } from '../crypto/vault.js';
import { isApiError } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { AccountRecord, SessionRecord } from '../state/records.js';
import { openOwnVault, vaultKeyOf } from './vault-box.js';

/** What a client still has of its user's account. */
export interface Held {
  /** Pinned. */
  readonly chain: KeyChain | null;
  /** The session that was last kept, with the vault that belongs to the chain. */
  readonly session: SessionRecord | null;
  readonly account: AccountRecord | null;
}

/** What the server shows of it. */
interface Shown {
  readonly chain: KeyChain;
  readonly vaultVersion: number;
}

/**
 * Gives a server back the key versions that it lost, as contacts have pinned them.
 * @param vaultKey of the account as the server has it
 * @returns false where that cannot be done: the client has too little of it, the server has other keys, the account another
 *   vault key, a key was replaced without the one before, there is too much of it, or the server has gone on otherwise
 */
export async function republished(api: UserApi, held: Held, vaultKey: Uint8Array, shown: Shown): Promise<boolean> {
  const { chain, session, account } = held;
  if (chain === null || session === null || account === null) return false;
  const request = requestOf({ chain, session, account }, vaultKey, shown);
  if (request === null) return false;
  try {
    await api.republish(request);
    return true;
  } catch (error) {
    const codes = [
      'keys.version-conflict',
      'keys.vault-conflict',
      'keys.statement-refused',
      'keys.handle-refused',
    ] as const;
    if (isApiError(error, ...codes)) return false;
    throw error;
  }
}

type Whole = { readonly [Name in keyof Held]: NonNullable<Held[Name]> };

function requestOf(held: Whole, vaultKey: Uint8Array, shown: Shown): RepublishRequestJson | null {
  const { chain, session, account } = held;
  const content = contentOf(held, vaultKey);
  const lost = chain.statements.slice(shown.chain.statements.length);
  const base = newestOf(shown.chain);
  const continues = equalBytes(statementAt(chain, base.version)?.keysHash ?? new Uint8Array(0), base.keysHash);
  const signing = content?.keys.at(-1);
  const { version, keysHash } = newestOf(chain);
  if (content === null || signing?.version !== version || !continues) return null;
  if (lost.length === 0 || lost.length > LIMITS.republishedStatements || lost.some(({ recovery }) => recovery))
    return null;
  const { serviceId, userId, loginId } = account;
  const vaultVersion = Math.max(session.vaultVersion, account.vaultVersion, shown.vaultVersion) + 1;
  const header = { serviceId, userId, vaultVersion, keyVersion: version, keysHash };
  const vault = sealVault(vaultKey, header, content);
  const signed = republicationBytes({ serviceId, userId, keysHash, vaultVersion, vaultHash: sha256(vault) });
  return {
    statements: lost.map(signedStatementJson),
    handleSignature: encodeBase64Url(signHandle({ serviceId, loginId, userId, version }, signing.signSeed)),
    vault: encodeBase64Url(vault),
    vaultVersion,
    vaultSignature: encodeBase64Url(sign(signed, signing.signSeed)),
  };
}

/** A vault key that was replaced since, because somebody may have had it, is not to get the newer seeds again. */
function contentOf({ chain, session }: Whole, vaultKey: Uint8Array): VaultContent | null {
  const kept = vaultKeyOf(session);
  const usable = constantTimeEqual(kept, vaultKey) && session.keyVersion === newestOf(chain).version;
  return usable ? openOwnVault(kept, session, chain, 0).content : null;
}
