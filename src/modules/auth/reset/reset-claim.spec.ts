import { describe, expect, it } from '@jest/globals';
import { claimHashBytes, isAvailable, voucherOf } from './reset-claim.js';
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
};
const approved = { ...CLAIM, approvedAt: 1500 };
const handedOver = { ...approved, mailed: false };

describe('who vouches for a claim', () => {
  it.each([
    ['off', approved, null],
    ['email', CLAIM, 'email'],
    ['email', handedOver, null],
    ['approval', CLAIM, null],
    ['approval', handedOver, 'administrator'],
    ['both', CLAIM, null],
    ['both', handedOver, null],
    ['both', approved, 'email-and-administrator'],
  ] as const)('with the setting %s', (mode, claim, voucher) => {
    expect(voucherOf(claim, mode)).toBe(voucher);
  });
});

describe('a claim', () => {
  it('is available from its time on, until it is over', () => {
    expect([1999, 2000, 2999, 3000].map((now) => isAvailable(CLAIM, now))).toEqual([false, true, true, false]);
    expect(isAvailable({ ...CLAIM, availableAt: null }, 2500)).toBe(false);
  });

  it('is hashed with its loginId, which cannot run into the token', () => {
    const token = new Uint8Array(32).fill(7);
    const bytes = claimHashBytes('alice', token);
    expect(Buffer.from(bytes).toString('latin1')).toBe(`sealpost/reset-claim/v1\0\0\x05alice${'\x07'.repeat(32)}`);
    expect(() => claimHashBytes('alice', token.subarray(1))).toThrow('claimToken');
  });
});
