/** A claim token on its way to whoever a loginId names. */
export interface ClaimToDeliver {
  /** Normalised. */
  readonly loginId: string;
  /** base64url. Whoever reads it counts as the one that the loginId names. */
  readonly token: string;
  /** Unix milliseconds; null where an administrator has to approve first. */
  readonly availableAt: number | null;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/**
 * Port and injection token: brings a claim token to the person whom a loginId names, and to nobody else. An adapter says
 * nothing of loginId and token in logs or errors.
 */
export abstract class ClaimDelivery {
  /** Whether the loginId names somebody whom this way reaches, e.g. whether it is an e-mail address. */
  abstract reaches(loginId: string): boolean;

  /** @throws ClaimNotDelivered where the token was certainly, or perhaps, not handed over */
  abstract deliver(claim: ClaimToDeliver): Promise<void>;
}

/** `reason` is a code of the way, e.g. `ECONNECTION`, never a text that could hold an address. */
export class ClaimNotDelivered extends Error {
  override readonly name = 'ClaimNotDelivered';

  constructor(readonly reason: string) {
    super(`A claim token was not delivered: ${reason}`);
  }
}
