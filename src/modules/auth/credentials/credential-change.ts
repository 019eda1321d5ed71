import type { ClaimedProof } from '../proofs/auth-proof.js';

/** A change of an account that an auth key has to prove. */
export interface CredentialChange extends ClaimedProof {
  readonly userId: string;
  /** The version of the credentials that the client has built upon. A stale one is a conflict (protocol section 4). */
  readonly credentialVersion: number;
}
