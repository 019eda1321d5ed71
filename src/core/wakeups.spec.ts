import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadSettings } from './config/index.js';
import { NoNotifications } from './database/listening-connection.js';
import { Shutdown } from './shutdown.js';
import { Wakeups, type WaitOptions } from './wakeups.js';

/** How far each key has got, and how often that was looked at. */
let positions: Map<string, number>;
let looks: number;
let shutdown: Shutdown;
let wakeups: Wakeups<string>;

function begin(tooMany?: () => Error): void {
  wakeups = new Wakeups(new NoNotifications(), shutdown, loadSettings({}), {
    channel: 'test',
    followersPerKey: 2,
    ...(tooMany === undefined ? {} : { tooMany }),
    safetyLookMs: 15_000,
    read: (payload) => [[payload, positions.get(payload) ?? 0]],
    look: (keys) => {
      looks += 1;
      return Promise.resolve(keys.map((key) => [key, positions.get(key) ?? 0]));
    },
  });
  wakeups.onApplicationBootstrap();
}

beforeEach(() => {
  jest.useFakeTimers();
  [positions, looks, shutdown] = [new Map<string, number>(), 0, new Shutdown()];
  begin();
});
afterEach(async () => {
  await wakeups.onApplicationShutdown();
  jest.useRealTimers();
});

function follow(key: string): { seen: number[]; leave: () => void } {
  const seen: number[] = [];
  const follower = { wake: (position: number) => seen.push(position) };
  wakeups.follow(key, follower);
  return { seen, leave: () => wakeups.leave(key, follower) };
}

/** Waits until the key is beyond 3; `asked` says how often it was asked for. */
function waitFor(key: string, options: Partial<WaitOptions> = {}): { asked: () => number; found: Promise<number> } {
  let asked = 0;
  const look = async (): Promise<number> => {
    asked += 1;
    return positions.get(key) ?? 0;
  };
  const found = wakeups.waitFor(key, { seconds: 20, signals: [], ...options }, look, (at) => (at > 3 ? null : 3));
  return { asked: () => asked, found };
}

/** Whether it is answered without any more time. */
async function isAnswered(found: Promise<number>): Promise<boolean> {
  let answered = false;
  void found.then(() => (answered = true));
  await jest.advanceTimersByTimeAsync(0);
  return answered;
}

describe('Followers of a key', () => {
  it('followers of a key are all woken, and nobody else is', () => {
    const [one, two, other] = [follow('a'), follow('a'), follow('b')];
    wakeups.wake([['a', 3]]);
    two.leave();
    two.leave();
    wakeups.wake([['a', 4]]);
    expect([one.seen, two.seen, other.seen]).toEqual([[3, 4], [3], []]);
  });

  it('followers of a key are limited in number, and another one may come when one leaves', () => {
    begin(() => new Error('too many'));
    const one = follow('a');
    follow('a');
    expect(() => follow('a')).toThrow('too many');
    follow('b');
    one.leave();
    follow('a');
  });

  it('followers of a key are woken by notifications, and by a look each second while none arrive', async () => {
    const { seen } = follow('a');
    positions.set('a', 5);
    wakeups.received('a');
    expect(seen).toEqual([5]);
    await jest.advanceTimersByTimeAsync(3000);
    expect(seen).toEqual([5, 5, 5, 5]);
  });

  it('followers of a key are looked at when notifications begin to arrive or to be missed, and seldom while they arrive', async () => {
    follow('a');
    wakeups.connected();
    await jest.advanceTimersByTimeAsync(14_000);
    expect(looks).toBe(1);
    wakeups.disconnected();
    await jest.advanceTimersByTimeAsync(0);
    expect(looks).toBe(2);
  });
});

describe('A wait for news', () => {
  it('a wait for news asks again for what is new to it only', async () => {
    const { asked, found } = waitFor('a');
    await jest.advanceTimersByTimeAsync(0);
    wakeups.wake([['a', 3]]);
    expect(await isAnswered(found)).toBe(false);
    expect(asked()).toBe(1);
    positions.set('a', 4);
    wakeups.wake([['a', 4]]);
    expect(await found).toBe(4);
  });

  it('a wait for news misses nothing that is said while it asks, and asks once for each promise', async () => {
    const { asked, found } = waitFor('a');
    wakeups.wake([['a', 4]]);
    expect(await isAnswered(found)).toBe(false);
    expect(asked()).toBe(2);
  });

  it('a wait for news ends with its time, a signal or the shutdown, with what there is', async () => {
    const leaving = new AbortController();
    const [late, left, stopped] = [
      waitFor('a', { seconds: 2 }),
      waitFor('b', { signals: [leaving.signal] }),
      waitFor('c'),
    ];
    await jest.advanceTimersByTimeAsync(1900);
    expect(wakeups.waiting).toBe(3);
    leaving.abort();
    expect(await left.found).toBe(0);
    await jest.advanceTimersByTimeAsync(200);
    expect(await late.found).toBe(0);
    expect(await isAnswered(stopped.found)).toBe(false);
    shutdown.begin();
    expect(await stopped.found).toBe(0);
    expect(wakeups.waiting).toBe(0);
  });

  it('a wait for news does not begin for a time of nothing, an aborted signal or one follower too many', async () => {
    const waits = [waitFor('a', { seconds: 0 }), waitFor('b', { signals: [AbortSignal.abort()] })];
    follow('c');
    follow('c');
    for (const { found } of [...waits, waitFor('c')]) expect(await found).toBe(0);
  });
});
