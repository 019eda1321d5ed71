import { beforeEach, describe, expect, it } from '@jest/globals';
import { ArrivalTimes, gcraOf, MICROSECONDS } from './gcra.js';
import { SetClock } from './testing/set-clock.js';

const FIVE_A_MINUTE = gcraOf({ count: 5, seconds: 60 });
const ONE = { least: 1, most: 1 };

let clock: SetClock;
let arrivals: ArrivalTimes;

beforeEach(() => {
  clock = new SetClock();
  arrivals = new ArrivalTimes(clock, 3);
});

describe('A remembered arrival time', () => {
  it('a remembered arrival time refuses its key until what is asked for can be there, and no longer', () => {
    arrivals.set('k', 60 * MICROSECONDS, clock.now());
    expect(arrivals.refusal('k', FIVE_A_MINUTE, ONE)).toEqual({ allowed: false, retryAfterSeconds: 12 });
    clock.passSeconds(12);
    expect(arrivals.refusal('k', FIVE_A_MINUTE, { least: 2, most: 2 })).toMatchObject({ allowed: false });
    expect(arrivals.refusal('k', FIVE_A_MINUTE, ONE)).toBeNull();
    expect(arrivals.size).toBe(0);
  });

  it('a remembered arrival time refuses no other key', () => {
    arrivals.set('k', 60 * MICROSECONDS, clock.now());
    expect(arrivals.refusal('other', FIVE_A_MINUTE, ONE)).toBeNull();
  });

  it('a remembered arrival time does not outlast its time when the clock is set back', () => {
    arrivals.set('k', 60 * MICROSECONDS, clock.now());
    clock.passSeconds(-86_400);
    expect(arrivals.refusal('k', FIVE_A_MINUTE, ONE)).toBeNull();
  });

  it('a remembered arrival time gives way when too many are remembered', () => {
    for (const key of ['a', 'b', 'c', 'd']) arrivals.set(key, 60 * MICROSECONDS, clock.now());
    expect(arrivals.size).toBe(3);
    expect(arrivals.refusal('a', FIVE_A_MINUTE, ONE)).toBeNull();
    expect(arrivals.refusal('d', FIVE_A_MINUTE, ONE)).not.toBeNull();
  });
});
