import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY, parseRetryAfter, pause, retryDelay, unhurried } from './backoff.js';

describe('The pause before a repetition', () => {
  it('the pause before a repetition grows exponentially up to its limit, and lies anywhere below that', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => retryDelay(DEFAULT_RETRY, attempt, undefined, 0.999));
    expect(longest.map((delay) => Math.round(delay ?? NaN))).toEqual([200, 400, 799, 1598, 3197, 6394, 9990, 9990]);
    expect(retryDelay(DEFAULT_RETRY, 5, undefined, 0)).toBe(0);
  });

  it('the pause before a repetition is never shorter than the server asks, and there is none where it asks for too long', () => {
    expect(retryDelay(DEFAULT_RETRY, 1, 2000, 0)).toBe(2000);
    expect(retryDelay(DEFAULT_RETRY, 1, 30_000, 0.5)).toBe(30_100);
    expect(retryDelay(DEFAULT_RETRY, 1, 30_001, 0)).toBeNull();
  });

  it('the pause before a repetition reads Retry-After in seconds and as a date', () => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter('Mon, 23 Nov 2026 12:00:05 GMT', now)).toBe(5000);
    expect(parseRetryAfter('Mon, 23 Nov 2026 11:00:00 GMT', now)).toBe(0);
    for (const header of [null, 'soon', '-5']) expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it('the pause before a repetition is no shorter where it is longer than a timer can be', async () => {
    const controller = new AbortController();
    let over = false;
    const waiting = pause(2 ** 31, controller.signal).finally(() => (over = true));
    await pause(20, undefined);
    expect(over).toBe(false);
    controller.abort();
    await expect(waiting).rejects.toBe(controller.signal.reason);
  });

  it('the pause before a repetition comes after an answer that should have waited for news, and brings none', async () => {
    const controller = new AbortController();
    const ask = async (): Promise<string> => 'nothing';
    const asking = unhurried(ask, (answer) => answer !== 'nothing', controller.signal);
    controller.abort();
    await expect(asking).rejects.toBe(controller.signal.reason);
    await expect(unhurried(ask, () => true, controller.signal)).resolves.toBe('nothing');
  });

  it('the pause before a repetition ends at once when the caller gives up', async () => {
    const controller = new AbortController();
    const waiting = pause(60_000, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toBe(controller.signal.reason);
    await expect(pause(60_000, controller.signal)).rejects.toBe(controller.signal.reason);
    await expect(pause(1, undefined)).resolves.toBeUndefined();
  });
});
