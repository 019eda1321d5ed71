import { decodeCommittedBlob, equalBytes, ProtocolError } from '@sealpost/protocol';

/** A sealed state, as it is stored or to be stored. */
export interface SharedState {
  /** From 1. */
  readonly stateVersion: number;
  readonly state: Uint8Array;
  /** Hash of the state before this one; zeros at version 1. */
  readonly previousHash: Uint8Array;
}

/** What is stored, with the hash that the next state is bound to. */
export interface StoredState extends SharedState {
  readonly hash: Uint8Array;
}

/** How a state that is to be stored stands to the stored one. */
export type StateVerdict = 'next' | 'repetition' | 'other-version' | 'other-previous';

/** True for the form that can be seen without the key: the format byte, nonce, commitment and tag (section 6). */
export function hasForm(state: Uint8Array): boolean {
  try {
    decodeCommittedBlob(state, 'state');
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/**
 * A client that lost the answer repeats its request, and nothing was lost. Whoever built upon another state than the
 * stored one would make a state that nobody can open, because its header names the one before.
 */
export function judgeState(stored: StoredState | null, next: SharedState, noHash: Uint8Array): StateVerdict {
  const isStored = stored?.stateVersion === next.stateVersion && equalBytes(stored.state, next.state);
  if (isStored && equalBytes(stored.previousHash, next.previousHash)) return 'repetition';
  if (next.stateVersion !== (stored?.stateVersion ?? 0) + 1) return 'other-version';
  return equalBytes(next.previousHash, stored?.hash ?? noHash) ? 'next' : 'other-previous';
}
