import type { RegisterFields, SignedStatement } from '@sealpost/protocol';

/** What somebody sends to get an account: the fields of action `register` (protocol section 4), and their proofs. */
export interface Registration extends Omit<RegisterFields, 'keysHash'> {
  /** Normalised. */
  readonly loginId: string;
  readonly keys: SignedStatement;
  readonly challenge: Uint8Array;
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
  readonly invitation?: Uint8Array;
  readonly sessionName?: string;
}
