import { describe, expect, it } from '@jest/globals';
import { Lease } from './account-budget.js';

const SECOND = 1000;

/** Ten attempts, which the limit would get back within ten seconds. */
function leaseOfTen(): Lease {
  const lease = new Lease(SECOND);
  lease.renew(10, 0);
  return lease;
}

describe('a lease', () => {
  it('a lease is spent up to its size, all or nothing', () => {
    const lease = leaseOfTen();
    expect(lease.spend(7, 0)).toBe(true);
    expect(lease.spend(4, 0)).toBe(false);
    expect(lease.spend(3, 0)).toBe(true);
    expect(lease.spend(1, 0)).toBe(false);
  });

  it('a lease loses an attempt each time the limit gets one back', () => {
    const lease = leaseOfTen();
    expect(lease.spend(8, 3 * SECOND)).toBe(false);
    expect(lease.spend(7, 3 * SECOND)).toBe(true);
    expect(lease.spend(1, 3 * SECOND)).toBe(false);
  });

  it('a lease is empty once the limit has got all of it back', () => {
    const lease = leaseOfTen();
    expect(lease.spend(1, 9 * SECOND + 999)).toBe(true);
    expect(leaseOfTen().spend(1, 10 * SECOND)).toBe(false);
    expect(leaseOfTen().spendUpTo(5, 10 * SECOND)).toBe(0);
  });

  it('a lease gives what is there to whoever needs more', () => {
    const lease = leaseOfTen();
    expect(lease.spendUpTo(4, 0)).toBe(4);
    expect(lease.spendUpTo(40, 3 * SECOND)).toBe(3);
    expect(lease.spendUpTo(1, 3 * SECOND)).toBe(0);
  });

  it('a lease does not grow when the clock is set back', () => {
    const lease = leaseOfTen();
    expect(lease.spendUpTo(100, -3600 * SECOND)).toBe(10);
  });

  it('a lease replaces what was left of the one before', () => {
    const lease = leaseOfTen();
    lease.renew(2, 5 * SECOND);
    expect(lease.spendUpTo(100, 5 * SECOND)).toBe(2);
  });
});
