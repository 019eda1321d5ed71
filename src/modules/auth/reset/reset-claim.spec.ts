import { describe, expect, it } from '@jest/globals';
import { claimHashBytes, isAvailable, MOST_DELIVERIES, nextDelivery, voucherOf } from './reset-claim.js';
import type { ResetClaim } from './reset-claim.js';

const CLAIM: ResetClaim = {
  id: 'claim',
  userId: 'user',
  tokenHash: new Uint8Array(32),
  mailed: true,
  client: null,
  requestedAt: 1000,
  approvedAt: null,
  availableAt: 2000,
  expiresAt: 3000,
  deliverAt: null,
  deliveries: 0,
};
const approved = { ...CLAIM, approvedAt: 1500 };
const handedOver = { ...approved, mailed: false };

describe('the voucher of a claim', () => {
  it.each([
    ['off', approved, null],
    ['email', CLAIM, 'email'],
    ['email', handedOver, null],
    ['approval', CLAIM, null],
    ['approval', handedOver, 'administrator'],
    ['both', CLAIM, null],
    ['both', handedOver, null],
    ['both', approved, 'email-and-administrator'],
  ] as const)('the setting %s says who vouches for a claim', (mode, claim, voucher) => {
    expect(voucherOf(claim, mode)).toBe(voucher);
  });
});

describe('a claim', () => {
  it('a claim of a reset is available from its time on, until it is over', () => {
    expect([1999, 2000, 2999, 3000].map((now) => isAvailable(CLAIM, now))).toEqual([false, true, true, false]);
    expect(isAvailable({ ...CLAIM, availableAt: null }, 2500)).toBe(false);
  });

  it('a claim of a reset is mailed again at growing intervals, and not for ever', () => {
    const waits = Array.from({ length: MOST_DELIVERIES }, (_, index) => nextDelivery(index + 1, 0));
    expect(waits.slice(0, 3)).toEqual([60_000, 120_000, 240_000]);
    expect(Math.max(...waits.map(Number))).toBe(3_600_000);
    expect([waits.at(-2), waits.at(-1)]).toEqual([3_600_000, null]);
  });

  it('a claim of a reset is hashed with its loginId, which cannot run into the token', () => {
    const token = new Uint8Array(32).fill(7);
    const bytes = claimHashBytes('alice', token);
    expect(Buffer.from(bytes).toString('latin1')).toBe(`sealpost/reset-claim/v1\0\0\x05alice${'\x07'.repeat(32)}`);
    expect(() => claimHashBytes('alice', token.subarray(1))).toThrow('claimToken');
  });
});
