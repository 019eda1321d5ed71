import { beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../clock.js';
import { addressKey } from './address-key.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';

class SetClock extends Clock {
  constructor(private ms = 1_800_000_000_000) {
    super();
  }
  now(): number {
    return this.ms;
  }
  passSeconds(seconds: number): void {
    this.ms += seconds * 1000;
  }
}

const FIVE_A_MINUTE = { count: 5, seconds: 60 };

let clock: SetClock;
let limiter: MemoryRateLimiter;

beforeEach(() => {
  clock = new SetClock();
  limiter = new MemoryRateLimiter(clock);
});

/** How many of `attempts` were allowed. */
function allowed(key: string, attempts: number, rule = FIVE_A_MINUTE): number {
  return Array.from({ length: attempts }, () => limiter.take(key, rule)).filter((verdict) => verdict.allowed).length;
}

describe('a rate limit', () => {
  it('allows a burst of its count, and names the time to wait after that', () => {
    expect(allowed('login:a', 5)).toBe(5);
    expect(limiter.take('login:a', FIVE_A_MINUTE)).toEqual({ allowed: false, retryAfterSeconds: 12 });
  });

  it('allows an attempt once the named time has passed, and not a second before', () => {
    allowed('login:a', 5);
    clock.passSeconds(11);
    expect(limiter.take('login:a', FIVE_A_MINUTE)).toEqual({ allowed: false, retryAfterSeconds: 1 });
    clock.passSeconds(1);
    expect(allowed('login:a', 2)).toBe(1);
  });

  it('does not count what it refused', () => {
    allowed('login:a', 500);
    clock.passSeconds(60);
    expect(allowed('login:a', 10)).toBe(5);
  });

  it('never allows more than its count beyond the rate, whatever the rhythm', () => {
    let total = 0;
    for (let second = 0; second < 600; second += 3) {
      total += allowed('login:a', 7);
      clock.passSeconds(3);
    }
    expect(total).toBeLessThanOrEqual(5 + 50);
    expect(total).toBeGreaterThanOrEqual(50);
  });

  it('keeps keys apart, also long ones', () => {
    const long = 'x'.repeat(300);
    expect(allowed(`${long}1`, 9)).toBe(5);
    expect(allowed(`${long}2`, 9)).toBe(5);
  });

  it.each([1, 3, 7, 1_000_000])('allows exactly %i at once', (count) => {
    expect(allowed('k', Math.min(count, 2000) + 3, { count, seconds: 60 })).toBe(Math.min(count, 2003));
  });
});

describe('its memory', () => {
  it('is bounded', () => {
    limiter = new MemoryRateLimiter(clock, 100);
    for (let index = 0; index < 5000; index++) limiter.take(`key:${index}`, FIVE_A_MINUTE);
    expect(limiter.size).toBe(100);
  });

  it('keeps the bucket of an attacker who fills it with other keys', () => {
    limiter = new MemoryRateLimiter(clock, 100);
    allowed('login:victim', 5);
    for (let index = 0; index < 5000; index++) limiter.take(`login:made-up-${index}`, FIVE_A_MINUTE);
    expect(limiter.take('login:victim', FIVE_A_MINUTE).allowed).toBe(false);
  });
});

describe('the key of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0003::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unix', 'unix'],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
