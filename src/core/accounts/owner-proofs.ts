import type { SigningAction } from '@sealpost/protocol';
import type { Transaction } from '../database/index.js';

/** What a request brings to prove that its account's own client wants it. Nothing of it is verified yet. */
export interface OwnerProof {
  /** The session that makes the request: once it has ended, it proves nothing any more. */
  readonly sessionId: string;
  /** The request carries a proof of the key that its session is bound to, which was verified: that is enough. */
  readonly isBound: boolean;
  /** By the newest signing key of the account; undefined where there is none. */
  readonly signature?: Uint8Array;
  readonly challenge?: Uint8Array;
}

/** What is to be done for the owner of an account, and for nobody who has no more than an access token. */
export type OwnerWish = { readonly userId: string; readonly proof: OwnerProof } & (
  | {
      readonly action: Exclude<SigningAction, 'put-state' | 'cancel-resets'>;
      /** UUID of the session or user that it is about. */
      readonly subject: string;
    }
  | {
      readonly action: 'put-state';
      /** The bytes of `encodePutStateFields`. */
      readonly fields: Uint8Array;
    }
);

/**
 * For what outlives an access token: a session that is bound to a key has proven that the request is its own (RFC 9449),
 * one that is bound to none brings a signature by the account's newest signing key (protocol, section 4). The module that
 * verifies proofs provides it; without one the server does not start.
 */
export abstract class OwnerProofs {
  /**
   * Runs the work in a transaction once the wish is proven. The transaction holds the session of the request: one that has ended
   * does nothing lasting, also where this replica has not heard of it.
   * @throws auth.session-ended, auth.proof-required, auth.proof-refused, auth.challenge-refused, auth.challenge-used
   */
  abstract run<T>(wish: OwnerWish, work: (tx: Transaction) => Promise<T>): Promise<T>;
}
