import { ByteWriter, tag, utf8, uuidToBytes } from '@sealpost/protocol';
import type { ResetProof } from '@sealpost/protocol';

/** Bytes of a claim token: nobody guesses it. */
export const CLAIM_TOKEN_BYTES = 32;

/** Who may have an account reset (setting `SEALPOST_RESET`). */
export type ClaimMode = 'off' | 'email' | 'approval' | 'both';

/** Somebody's claim to the loginId of an account, with what speaks for it so far. Times are Unix milliseconds. */
export interface ResetClaim {
  readonly id: string;
  readonly userId: string;
  /** The hash of loginId and token (`claimHashBytes`); null where no token was given out yet. */
  readonly tokenHash: Uint8Array | null;
  /** The token went to the loginId as an e-mail address. */
  readonly mailed: boolean;
  /** Families of product and operating system, as the client that asked called itself. */
  readonly client: string | null;
  readonly requestedAt: number;
  readonly approvedAt: number | null;
  /** From when on the reset can be carried out; null while it waits for an administrator. */
  readonly availableAt: number | null;
  readonly expiresAt: number;
  /** When the token is to be mailed again; null where it has been, where nobody tries any more, or where it is not mailed. */
  readonly deliverAt: number | null;
  /** How often that was begun. */
  readonly deliveries: number;
}

/** Who vouched for a claim: `detail` of the event `keys-reset`. */
export type ClaimVoucher = 'email' | 'administrator' | 'email-and-administrator';

const PROOFS: Readonly<Record<ClaimMode, readonly ResetProof[]>> = {
  off: [],
  email: ['email'],
  approval: ['approval'],
  both: ['email', 'approval'],
};

/** What a claim has to be proven by. */
export function proofsOf(mode: ClaimMode): readonly ResetProof[] {
  return PROOFS[mode];
}

/**
 * Who vouches for the claim, where that is enough; null where it is not, also because the setting has changed since the
 * claim was made.
 */
export function voucherOf(claim: ResetClaim, mode: ClaimMode): ClaimVoucher | null {
  const approved = claim.approvedAt !== null;
  switch (mode) {
    case 'off':
      return null;
    case 'email':
      return claim.mailed ? 'email' : null;
    case 'approval':
      return approved ? 'administrator' : null;
    case 'both':
      return claim.mailed && approved ? 'email-and-administrator' : null;
  }
}

/** How often a mail is tried: over more than half a day. */
export const MOST_DELIVERIES = 20;
/** Longer than a mail server may take to answer: what is under way is not tried a second time. */
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;

/** @param deliveries how many were begun. @returns when the next may begin, where this one fails; null: never */
export function nextDelivery(deliveries: number, now: number): number | null {
  if (deliveries >= MOST_DELIVERIES) return null;
  return now + Math.min(FIRST_RETRY_MS * 2 ** (deliveries - 1), LONGEST_RETRY_MS);
}

/** What a claim token is derived from, so that it need not be stored to be mailed later. */
export function claimTokenBytes(id: string): Uint8Array {
  return new ByteWriter().raw(tag('claim-token/v1')).raw(uuidToBytes(id, 'claim id')).finish();
}

/** Whether the time has come in which the reset can be carried out. */
export function isAvailable({ availableAt, expiresAt }: ResetClaim, now: number): boolean {
  return availableAt !== null && availableAt <= now && now < expiresAt;
}

/**
 * What is hashed of a claim token. With the loginId in it, a token says nothing about whoever has that loginId later, nor
 * about the account under its next one.
 */
export function claimHashBytes(loginId: string, token: Uint8Array): Uint8Array {
  return new ByteWriter()
    .raw(tag('reset-claim/v1'))
    .lp(utf8(loginId), 'loginId')
    .fixed(token, CLAIM_TOKEN_BYTES, 'claimToken')
    .finish();
}
