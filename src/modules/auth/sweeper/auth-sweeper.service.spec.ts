import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadSettings } from '../../../core/config/index.js';
import type { DeviceRequestsRepository } from '../devices/device-requests.repository.js';
import type { AccountEventsRepository } from '../history/account-events.repository.js';
import type { UsedChallengesRepository } from '../proofs/used-challenges.repository.js';
import type { InvitationsRepository } from '../registration/invitations.repository.js';
import type { ResetClaimsRepository } from '../reset/reset-claims.repository.js';
import type { SessionsRepository } from '../sessions/sessions.repository.js';
import { AuthSweeperService } from './auth-sweeper.service.js';

/** How many rows there are to delete, and what was asked for. */
let old: number;
let asked: { seconds: number; limit: number }[];
let sweeper: AuthSweeperService;
/** After how many seconds events were deleted. */
let events: number[];

async function deleteRows(seconds: number, limit: number): Promise<number> {
  asked.push({ seconds, limit });
  const deleted = Math.min(old, limit);
  old -= deleted;
  return deleted;
}

beforeEach(() => {
  jest.useFakeTimers();
  [old, asked] = [0, []];
  events = [];
  start({});
});
afterEach(async () => {
  await sweeper.onApplicationShutdown();
  jest.useRealTimers();
});

function start(env: Readonly<Record<string, string>>): void {
  const deleteEvents = async (seconds: number): Promise<number> => events.push(seconds);
  sweeper = new AuthSweeperService(
    { deleteOld: deleteRows } as unknown as UsedChallengesRepository,
    { deleteEnded: async () => 0, forgetErased: async () => 0 } as unknown as SessionsRepository,
    { deleteExpired: async () => 0 } as unknown as InvitationsRepository,
    { deleteExpired: async () => 0 } as unknown as DeviceRequestsRepository,
    { deleteExpired: async () => 0 } as unknown as ResetClaimsRepository,
    { deleteOld: deleteEvents } as unknown as AccountEventsRepository,
    loadSettings(env),
  );
  sweeper.onApplicationBootstrap();
}

describe('the sweeper', () => {
  it('the sweeper deletes everything that is over, in batches, again and again', async () => {
    old = 2500;
    await jest.advanceTimersByTimeAsync(31_000);
    expect(old).toBe(0);
    expect(asked).toEqual(Array(3).fill({ seconds: 120, limit: 1000 }));
    old = 1;
    await jest.advanceTimersByTimeAsync(31_000);
    expect(old).toBe(0);
  });

  it('the sweeper deletes from histories what is older than the operator wants it, or nothing', async () => {
    await jest.advanceTimersByTimeAsync(31_000);
    expect(events).toEqual([]);
    await sweeper.onApplicationShutdown();
    for (const days of [730, 0, 30]) {
      start({ SEALPOST_ACCOUNT_EVENTS_KEEP_DAYS: String(days) });
      await jest.advanceTimersByTimeAsync(31_000);
      await sweeper.onApplicationShutdown();
    }
    expect(events).toEqual([730 * 86_400, 30 * 86_400]);
  });

  it('the sweeper stops between two batches at the shutdown, and does not start again', async () => {
    old = 1_000_000;
    const batches = asked;
    await jest.advanceTimersByTimeAsync(29_999);
    expect(batches).toHaveLength(0);
    jest.advanceTimersByTime(2);
    await sweeper.onApplicationShutdown();
    const count = batches.length;
    expect(count).toBeLessThan(1000);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(batches).toHaveLength(count);
  });
});
