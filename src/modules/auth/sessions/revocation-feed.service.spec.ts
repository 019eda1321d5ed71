import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionRevocations } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { loadSettings } from '../../../core/config/index.js';
import { VerifiedTokens } from '../access-tokens/verified-tokens.cache.js';
import { RevocationFeedService } from './revocation-feed.service.js';
import type { Session } from './session.js';
import { SessionsRepository } from './sessions.repository.js';

class SetClock extends Clock {
  time = 1_790_000_000_000;
  now(): number {
    return this.time;
  }
}

/** A database that other replicas write to, and that can be away. */
class SharedSessions extends SessionsRepository {
  readonly revokedAt = new Map<string, number>();
  readonly endsAt = new Map<string, number>();
  away = false;
  lookBacks: number[] = [];
  asked = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override findRevokedWithin(seconds: number): Promise<string[]> {
    this.lookBacks.push(seconds);
    if (this.away) return Promise.reject(new Error('Connection terminated'));
    const since = this.clock.now() - seconds * 1000;
    return Promise.resolve([...this.revokedAt].filter(([, time]) => time > since).map(([id]) => id));
  }

  /** All sessions are of 'u'. */
  override findEndOfActive(userId: string, id: string): Promise<number | null> {
    this.asked += 1;
    if (this.away) return Promise.reject(new Error('Connection terminated'));
    return Promise.resolve(userId === 'u' && !this.revokedAt.has(id) ? (this.endsAt.get(id) ?? Infinity) : null);
  }

  override add = (): Promise<void> => this.unused();
  override find = (): Promise<Session | null> => this.unused();
  override findActive = (): Promise<Session[]> => this.unused();
  override rotate = (): Promise<boolean> => this.unused();
  override revoke = (): Promise<boolean> => this.unused();
  override revokeOfUser = (): Promise<string[]> => this.unused();
  override revokeOthers = (): Promise<string[]> => this.unused();
  override deleteEnded = (): Promise<number> => this.unused();
  override findAfter = (): Promise<Session[]> => this.unused();
  override erase = (): Promise<string[]> => this.unused();
  override lockForShare = (): Promise<boolean> => this.unused();
  override forgetErased = (): Promise<number> => this.unused();

  private unused(): Promise<never> {
    return Promise.reject(new Error('The feed only reads'));
  }
}

const of = (sessionId: string, userId = 'u') => ({ userId, sessionId, sessionKey: null });
const ENDED = { code: 'auth.session-ended' };
let clock: SetClock;
let sessions: SharedSessions;
let tokens: VerifiedTokens;
let feed: RevocationFeedService;

beforeEach(() => {
  jest.useFakeTimers();
  clock = new SetClock();
  sessions = new SharedSessions(clock);
  tokens = new VerifiedTokens();
  feed = new RevocationFeedService(
    sessions,
    tokens,
    clock,
    new SessionRevocations(),
    loadSettings({ SEALPOST_ACCESS_TOKEN_SECONDS: '900' }),
  );
});
afterEach(async () => {
  await feed.onApplicationShutdown();
  jest.useRealTimers();
});

async function pass(seconds: number): Promise<void> {
  for (let index = 0; index < seconds; index++) {
    clock.time += 1000;
    await jest.advanceTimersByTimeAsync(1000);
  }
}

describe('the feed of ended sessions', () => {
  it('the feed of ended sessions knows at its start what was ended within the life of an access token', async () => {
    sessions.revokedAt.set('old', clock.now() - 900_000);
    sessions.revokedAt.set('ancient', clock.now() - 2_000_000);
    await feed.onApplicationBootstrap();
    await expect(feed.requireActive(of('old'))).rejects.toMatchObject(ENDED);
    expect(sessions.asked).toBe(0);
    // Nobody has told of this one, so that the database is asked.
    await expect(feed.requireActive(of('ancient'))).rejects.toMatchObject(ENDED);
    expect(sessions.asked).toBe(1);
  });

  it('the feed of ended sessions learns within seconds what another replica ended, and drops its tokens', async () => {
    await feed.onApplicationBootstrap();
    tokens.remember('t', { userId: 'u', sessionId: 's', expiresAt: clock.now() + 900_000, sessionKey: null });
    await feed.requireActive(of('s'));
    sessions.revokedAt.set('s', clock.now());
    await expect(feed.requireActive(of('s'))).resolves.toBeUndefined();
    await pass(3);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    expect(tokens.size).toBe(0);
  });

  it('the feed of ended sessions learns of an end that was committed late', async () => {
    await feed.onApplicationBootstrap();
    await pass(60);
    sessions.revokedAt.set('s', clock.now() - 20_000);
    await pass(3);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
  });

  it('the feed of ended sessions acts at once on what is ended here', async () => {
    await feed.onApplicationBootstrap();
    feed.add(['s']);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    await expect(feed.requireActive(of('other'))).resolves.toBeUndefined();
  });

  it('the feed of ended sessions remembers for as long as a token may live, and not for ever', async () => {
    await feed.onApplicationBootstrap();
    sessions.revokedAt.set('s', clock.now());
    await pass(905);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    const { asked } = sessions;
    await pass(100);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    // Forgotten here, and asked for.
    expect(sessions.asked).toBe(asked + 1);
  });

  it('the feed of ended sessions asks once for each session, while there is news', async () => {
    await feed.onApplicationBootstrap();
    for (let index = 0; index < 5; index++) {
      await feed.requireActive(of('s'));
      await feed.requireActive(of('t'));
      await pass(60);
    }
    expect(sessions.asked).toBe(2);
  });

  it('the feed of ended sessions takes nobody at the word that a session is theirs, also not after its user has used it', async () => {
    await feed.onApplicationBootstrap();
    await feed.requireActive(of('s'));
    for (let index = 0; index < 2; index++) {
      await expect(feed.requireActive(of('s', 'thief'))).rejects.toMatchObject(ENDED);
    }
    await expect(feed.requireActive(of('s'))).resolves.toBeUndefined();
  });

  it('the feed of ended sessions asks again when a session was to end', async () => {
    await feed.onApplicationBootstrap();
    sessions.endsAt.set('s', clock.now() + 10_000);
    await feed.requireActive(of('s'));
    await pass(9);
    await feed.requireActive(of('s'));
    expect(sessions.asked).toBe(1);
    await pass(1);
    sessions.endsAt.set('s', clock.now() + 10_000);
    await feed.requireActive(of('s'));
    expect(sessions.asked).toBe(2);
  });

  it('the feed of ended sessions knows of no session for longer than it remembers ends', async () => {
    await feed.onApplicationBootstrap();
    await feed.requireActive(of('s'));
    sessions.revokedAt.set('s', clock.now() + 1000);
    await pass(2000);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
  });

  it('the feed of ended sessions believes an end that comes while the database answers', async () => {
    await feed.onApplicationBootstrap();
    const asking = feed.requireActive(of('s'));
    feed.add(['s']);
    await expect(asking).rejects.toMatchObject(ENDED);
  });

  it('the feed of ended sessions asks the database for each request after ten seconds without news, and fails where that is away too', async () => {
    await feed.onApplicationBootstrap();
    await feed.requireActive(of('s'));
    sessions.away = true;
    await pass(5);
    await expect(feed.requireActive(of('s'))).resolves.toBeUndefined();
    await pass(10);
    await expect(feed.requireActive(of('s'))).rejects.toThrow('Connection terminated');
    sessions.away = false;
    sessions.revokedAt.set('s', clock.now() - 1000);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    await expect(feed.requireActive(of('other'))).resolves.toBeUndefined();
    expect(sessions.asked).toBe(4);
  });

  it('the feed of ended sessions catches up after a pause, over the whole of it', async () => {
    await feed.onApplicationBootstrap();
    await feed.requireActive(of('other'));
    sessions.away = true;
    await pass(100);
    sessions.revokedAt.set('s', clock.now() - 95_000);
    sessions.away = false;
    await pass(3);
    await expect(feed.requireActive(of('s'))).rejects.toMatchObject(ENDED);
    await expect(feed.requireActive(of('other'))).resolves.toBeUndefined();
    expect(sessions.asked).toBe(1);
    expect(Math.max(...sessions.lookBacks.slice(1))).toBeLessThan(150);
  });

  it('the feed of ended sessions trusts nothing before its first news', async () => {
    sessions.away = true;
    await feed.onApplicationBootstrap();
    await expect(feed.requireActive(of('s'))).rejects.toThrow('Connection terminated');
  });

  it('the feed of ended sessions stops asking at the shutdown', async () => {
    await feed.onApplicationBootstrap();
    await feed.onApplicationShutdown();
    const polls = sessions.lookBacks.length;
    await pass(10);
    expect(sessions.lookBacks.length).toBe(polls);
  });
});
