import { describe, expect, it } from '@jest/globals';
import { judgeRefresh } from './session.js';
import type { PresentedToken, Session } from './session.js';

const NOW = 1_790_000_000_000;
const hash = (value: number): Uint8Array => new Uint8Array(32).fill(value);

/** The session after its fifth rotation: token 5 is the newest. */
const session: Session = {
  id: '018f4e7e-7b7a-7c3e-9c5c-0000000000f1',
  userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
  name: '',
  generation: 5,
  refreshTokenHash: hash(5),
  keyThumbprint: null,
  createdAt: NOW - 1_000_000,
  refreshedAt: NOW - 10_000,
  expiresAt: NOW + 1_000_000,
  revokedAt: null,
};
const token = (generation: number): PresentedToken => ({
  generation,
  hash: hash(generation),
  // Only the next generation's: a test that replaces a successor says so.
  successorAt: (later) => ({ hash: hash(later === generation + 1 ? later : 200 + later) }),
});

describe('a refresh', () => {
  it('a refresh with the newest token rotates, however old it is', () => {
    expect(judgeRefresh(session, token(5), NOW)).toBe('rotate');
    expect(judgeRefresh(session, token(5), NOW + 999_999)).toBe('rotate');
  });

  it('a refresh with the one before is a repetition for thirty seconds after the rotation, and afterwards gets another successor', () => {
    expect(judgeRefresh(session, token(4), NOW)).toBe('repeat');
    expect(judgeRefresh(session, token(4), session.refreshedAt + 30_000)).toBe('repeat');
    expect(judgeRefresh(session, token(4), session.refreshedAt + 30_001)).toBe('replace');
    expect(judgeRefresh(session, token(4), session.refreshedAt + 900_001)).toBe('replace');
  });

  it('a refresh with the one before may come again and again, while the one that was replaced is reuse', () => {
    const replaced: Session = { ...session, generation: 6, refreshTokenHash: hash(206) };
    expect(judgeRefresh(replaced, token(4), NOW)).toBe('repeat');
    expect(judgeRefresh(replaced, token(4), NOW + 60_000)).toBe('replace');
    expect(judgeRefresh(replaced, token(5), NOW)).toBe('reused');
  });

  it('a refresh with any other is reuse: older, newer than a database that was set back, or of a foreign chain', () => {
    expect(judgeRefresh(session, token(3), NOW)).toBe('reused');
    expect(judgeRefresh(session, token(0), NOW)).toBe('reused');
    expect(judgeRefresh(session, token(6), NOW)).toBe('reused');
    expect(judgeRefresh(session, { ...token(5), hash: hash(99) }, NOW)).toBe('reused');
    expect(judgeRefresh(session, { ...token(4), successorAt: () => ({ hash: hash(99) }) }, NOW)).toBe('reused');
  });

  it('a refresh of a session that is over is told so, whatever the token', () => {
    for (const generation of [5, 4, 3]) {
      expect(judgeRefresh({ ...session, revokedAt: NOW - 1 }, token(generation), NOW)).toBe('ended');
      expect(judgeRefresh({ ...session, expiresAt: NOW }, token(generation), NOW)).toBe('ended');
    }
  });
});
