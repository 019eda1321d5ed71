import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClaimNotDelivered } from '../claim-delivery.js';
import type { ClaimDelivery, ClaimToDeliver } from '../claim-delivery.js';

/** One way of delivery, with a look at its other end. */
export interface DeliveryUnderTest {
  readonly delivery: ClaimDelivery;
  /** What has arrived, in order: for whom, and everything that was said to them. */
  arrived(): Promise<readonly { readonly loginId: string; readonly text: string }[]>;
  /** From now on nothing is taken. */
  breakDown(): Promise<void>;
}

const NOW = 1_790_000_000_000;
const CLAIM: ClaimToDeliver = {
  loginId: 'alice@example.org',
  token: 'JSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSUlJSU',
  availableAt: NOW,
  expiresAt: NOW + 86_400_000,
};

/** What every adapter of ClaimDelivery has to do. */
export function describeClaimDelivery(name: string, make: () => Promise<DeliveryUnderTest>): void {
  describe(`${name} delivers claims`, () => {
    let made: DeliveryUnderTest;
    beforeEach(async () => {
      made = await make();
    });

    it('to the one that the loginId names, with the token', async () => {
      await made.delivery.deliver(CLAIM);
      await made.delivery.deliver({ ...CLAIM, loginId: 'bob@example.org', availableAt: null });
      const arrived = await made.arrived();
      expect(arrived.map(({ loginId }) => loginId)).toEqual(['alice@example.org', 'bob@example.org']);
      for (const { text } of arrived) expect(text).toContain(CLAIM.token);
    });

    it('only where the loginId names somebody', () => {
      expect(made.delivery.reaches('alice@example.org')).toBe(true);
      expect(made.delivery.reaches('alice')).toBe(false);
    });

    it('or says that it did not, without a word of the loginId or the token', async () => {
      await made.breakDown();
      const error: unknown = await made.delivery.deliver(CLAIM).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ClaimNotDelivered);
      expect(String((error as Error).stack)).not.toMatch(/alice|JSUl/);
    });
  });
}
