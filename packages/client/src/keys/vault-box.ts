import {
  encodeBase64Url,
  ProtocolError,
  requireBase64Url,
  type VaultContent,
  type VaultJson,
} from '@sealpost/protocol';
import { newestOf, statementAt, type KeyChain } from '../trust/chain.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { openVault } from '../crypto/vault.js';
import { ClientError } from '../errors.js';
import type { SessionRecord } from '../state/records.js';

/** The user's own private keys, opened, and the chain that they belong to. */
export interface OpenedVault {
  readonly chain: KeyChain;
  readonly content: VaultContent;
  /** The sealed form, base64url, and its version. */
  readonly vault: string;
  readonly vaultVersion: number;
  readonly keyVersion: number;
}

export function sessionRecordOf(sessionId: string, vaultKey: Uint8Array, opened: VaultJson): SessionRecord {
  const { vault, vaultVersion, keyVersion } = opened;
  return { sessionId, vaultKey: encodeBase64Url(vaultKey), vault, vaultVersion, keyVersion };
}

/**
 * Opens a vault that the server showed and holds it against the user's chain.
 * @param least the newest vault version that this client has seen; 0 where it has seen none
 */
export function openOwnVault(vaultKey: Uint8Array, answer: VaultJson, chain: KeyChain, least: number): OpenedVault {
  const { vaultVersion, keyVersion } = answer;
  if (vaultVersion < least) {
    throw new ClientError('vault.rollback', `The server shows vault ${vaultVersion}, though there has been ${least}`);
  }
  const newest = statementAt(chain, keyVersion);
  if (newest === undefined || keyVersion !== newestOf(chain).version) {
    throw new ClientError('vault.rollback', `The vault ends at key version ${keyVersion}, which is not the newest`);
  }
  const { serviceId, userId } = chain;
  const header = { serviceId, userId, vaultVersion, keyVersion, keysHash: newest.keysHash };
  try {
    const blob = requireBase64Url(answer.vault, 'vault');
    const content = openVault(vaultKey, header, blob, chain.statements);
    return { chain, content, vault: answer.vault, vaultVersion, keyVersion };
  } catch (cause) {
    if (!(cause instanceof CryptoRefused || cause instanceof ProtocolError)) throw cause;
    throw new ClientError('vault.refused', `The vault cannot be opened: ${cause.message}`, { cause });
  }
}
