import { describe, expect, it } from '@jest/globals';
import { NetworkError } from '../errors.js';
import { DEFAULT_RETRY, retryDelay } from '../http/backoff.js';
import { Reconnect, type InboxConnection } from './reconnect.js';

describe('The pause before the next connection', () => {
  it.each([
    [0, undefined, DEFAULT_RETRY.firstDelayMs],
    [999_999_999, undefined, 300_000],
    [undefined, 99_999_999_000, 300_000],
  ])(
    'the pause before the next connection is what a server asks for, within bounds: retry %p, Retry-After %p',
    async (leastMs, retryAfterMs, expected) => {
      const ending = new AbortController();
      const told: InboxConnection[] = [];
      const repeating = {
        retryPolicy: DEFAULT_RETRY,
        delayAfter: (attempt: number, after?: number, policy = DEFAULT_RETRY) => retryDelay(policy, attempt, after, 1),
      };
      const reconnect = new Reconnect(repeating, ending.signal, (connection) => {
        told.push(connection);
        ending.abort();
      });
      const cut = async (): Promise<never> => {
        throw new NetworkError('client.network', 'The connection was cut', {}, retryAfterMs);
      };
      await expect(reconnect.run(cut, () => leastMs)).rejects.toMatchObject({ name: 'AbortError' });
      expect(told).toMatchObject([{ state: 'interrupted', retryInMs: expected }]);
    },
  );
});
