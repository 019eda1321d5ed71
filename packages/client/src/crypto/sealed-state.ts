import { STATE_LABEL, stateHeaderBytes, type StateHeader } from '@sealpost/protocol';

import { openCommitted, sealCommitted, type CommittedContext } from './committed-aead.js';

const context = (vaultKey: Uint8Array, header: StateHeader): CommittedContext => ({
  key: vaultKey,
  label: STATE_LABEL,
  header: stateHeaderBytes(header),
});

/** What a user's clients share, under the vault key, bound to its version and to the state before it (section 6). */
export function sealState(vaultKey: Uint8Array, header: StateHeader, plaintext: Uint8Array): Uint8Array {
  return sealCommitted(context(vaultKey, header), plaintext);
}

/** Throws CryptoRefused where it was sealed under another key, for another user or version, or after another state. */
export function openState(vaultKey: Uint8Array, header: StateHeader, blob: Uint8Array): Uint8Array {
  return openCommitted(context(vaultKey, header), blob);
}
