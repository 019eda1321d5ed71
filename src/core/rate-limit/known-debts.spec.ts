import { beforeEach, describe, expect, it } from '@jest/globals';
import { gcraOf, MICROSECONDS } from './gcra.js';
import { KnownDebts } from './known-debts.js';
import { SetClock } from './testing/set-clock.js';

const FIVE_A_MINUTE = gcraOf({ count: 5, seconds: 60 });
const ONE = { least: 1, most: 1 };

let clock: SetClock;
let debts: KnownDebts;

beforeEach(() => {
  clock = new SetClock();
  debts = new KnownDebts(clock, 3);
});

describe('What is known of those whom the database refused', () => {
  it('refuses them until what they ask for can be there, and no longer', () => {
    debts.remember('k', 60 * MICROSECONDS, clock.now());
    expect(debts.refusal('k', FIVE_A_MINUTE, ONE)).toEqual({ allowed: false, retryAfterSeconds: 12 });
    clock.passSeconds(12);
    expect(debts.refusal('k', FIVE_A_MINUTE, { least: 2, most: 2 })).toMatchObject({ allowed: false });
    expect(debts.refusal('k', FIVE_A_MINUTE, ONE)).toBeNull();
    expect(debts.size).toBe(0);
  });

  it('is nothing of others', () => {
    debts.remember('k', 60 * MICROSECONDS, clock.now());
    expect(debts.refusal('other', FIVE_A_MINUTE, ONE)).toBeNull();
  });

  it('does not outlast its time when the clock is set back', () => {
    debts.remember('k', 60 * MICROSECONDS, clock.now());
    clock.passSeconds(-86_400);
    expect(debts.refusal('k', FIVE_A_MINUTE, ONE)).toBeNull();
  });

  it('is bounded: the oldest gives way', () => {
    for (const key of ['a', 'b', 'c', 'd']) debts.remember(key, 60 * MICROSECONDS, clock.now());
    expect(debts.size).toBe(3);
    expect(debts.refusal('a', FIVE_A_MINUTE, ONE)).toBeNull();
    expect(debts.refusal('d', FIVE_A_MINUTE, ONE)).not.toBeNull();
  });
});
