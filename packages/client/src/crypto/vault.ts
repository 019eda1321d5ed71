import {
  decodeVaultContent,
  encodeVaultContent,
  equalBytes,
  LENGTHS,
  ProtocolError,
  UNLOCK_LABEL,
  unlockHeaderBytes,
  VAULT_LABEL,
  vaultHeaderBytes,
  type KeySeeds,
  type UnlockHeader,
  type VaultContent,
  type VaultHeader,
  type VerifiedStatement,
} from '@sealpost/protocol';

import { isSealedUnder, openCommitted, sealCommitted, type CommittedContext } from './committed-aead.js';
import { CryptoRefused } from './crypto-refused.js';
import { randomBytes } from './primitives.js';
import { publicKeysOf } from './user-keys.js';
import { wiping } from './wipe.js';

/** A new vault key: 32 random bytes (section 6). */
export function generateVaultKey(): Uint8Array {
  return randomBytes(LENGTHS.seed);
}

const vaultContext = (vaultKey: Uint8Array, header: VaultHeader): CommittedContext => ({
  key: vaultKey,
  label: VAULT_LABEL,
  header: vaultHeaderBytes(header),
});

const unlockContext = (wrapKey: Uint8Array, header: UnlockHeader): CommittedContext => ({
  key: wrapKey,
  label: UNLOCK_LABEL,
  header: unlockHeaderBytes(header),
});

/** The vault: all private seeds under the vault key, bound to the user, its version and the newest statement. */
export function sealVault(
  vaultKey: Uint8Array,
  header: VaultHeader,
  content: VaultContent,
  nonce?: Uint8Array,
): Uint8Array {
  const plaintext = encodeVaultContent(content);
  return wiping([plaintext], () => sealCommitted(vaultContext(vaultKey, header), plaintext, nonce));
}

/**
 * Opens a vault, recomputes every public key from its seed and compares it with the user's verified statements.
 * @param statements the user's own chain: every version that the vault holds, the newest of the header among them
 * Throws CryptoRefused; `keys-mismatch` where seeds and statements differ.
 */
export function openVault(
  vaultKey: Uint8Array,
  header: VaultHeader,
  blob: Uint8Array,
  statements: readonly VerifiedStatement[],
): VaultContent {
  const plaintext = openCommitted(vaultContext(vaultKey, header), blob);
  const content = wiping([plaintext], () => decodeContent(plaintext));
  const newest = content.keys.at(-1);
  if (newest?.version !== header.keyVersion)
    throw new CryptoRefused('keys-mismatch', 'The vault lacks its newest keys.');
  const stated = statements.find((statement) => statement.version === header.keyVersion);
  if (stated === undefined || !equalBytes(stated.keysHash, header.keysHash)) {
    throw new CryptoRefused('keys-mismatch', 'The vault names another newest statement.');
  }
  for (const keys of content.keys) checkSeeds(keys, statements);
  return content;
}

/** Whether the vault belongs to this vault key, for who does not know the statements that its header names. */
export function isVaultOf(vaultKey: Uint8Array, blob: Uint8Array): boolean {
  return isSealedUnder({ key: vaultKey, label: VAULT_LABEL }, blob);
}

function decodeContent(plaintext: Uint8Array): VaultContent {
  try {
    return decodeVaultContent(plaintext);
  } catch (error) {
    if (error instanceof ProtocolError) throw new CryptoRefused('malformed-blob', error.message);
    throw error;
  }
}

function checkSeeds(keys: KeySeeds, statements: readonly VerifiedStatement[]): void {
  const statement = statements.find((candidate) => candidate.version === keys.version);
  const own = publicKeysOf(keys);
  const same = (['signingPublicKey', 'boxPublicKey', 'kemPublicKey'] as const).every(
    (member) => statement !== undefined && equalBytes(statement[member], own[member]),
  );
  if (!same)
    throw new CryptoRefused('keys-mismatch', `The vault's keys of version ${keys.version} are not the stated ones.`);
}

/** An unlock: the vault key under the wrap key of a password or a recovery key. */
export function sealUnlock(
  wrapKey: Uint8Array,
  header: UnlockHeader,
  vaultKey: Uint8Array,
  nonce?: Uint8Array,
): Uint8Array {
  return sealCommitted(unlockContext(wrapKey, header), vaultKey, nonce);
}

/** The vault key of an unlock. Throws CryptoRefused `wrong-commit` for a wrong password or recovery key. */
export function openUnlock(wrapKey: Uint8Array, header: UnlockHeader, blob: Uint8Array): Uint8Array {
  const vaultKey = openCommitted(unlockContext(wrapKey, header), blob);
  if (vaultKey.length !== LENGTHS.seed) throw new CryptoRefused('malformed-blob', 'An unlock holds 32 bytes.');
  return vaultKey;
}
