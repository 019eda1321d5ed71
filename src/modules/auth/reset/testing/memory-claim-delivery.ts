import { ClaimDelivery, ClaimNotDelivered } from '../claim-delivery.js';
import type { ClaimToDeliver } from '../claim-delivery.js';

/** Keeps what it is given. For tests. */
export class MemoryClaimDelivery extends ClaimDelivery {
  readonly delivered: ClaimToDeliver[] = [];
  failing = false;

  override reaches(loginId: string): boolean {
    return loginId.includes('@');
  }

  override async deliver(claim: ClaimToDeliver): Promise<void> {
    if (this.failing) throw new ClaimNotDelivered('refused');
    this.delivered.push(claim);
  }
}
