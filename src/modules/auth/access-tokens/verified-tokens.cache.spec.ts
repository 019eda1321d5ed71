import { describe, expect, it } from '@jest/globals';
import { VerifiedTokens } from './verified-tokens.cache.js';
import type { VerifiedToken } from './verified-tokens.cache.js';

const NOW = 1_790_000_000_000;
const verified = (sessionId: string, expiresAt = NOW + 1000): VerifiedToken => ({
  userId: 'u',
  sessionId,
  expiresAt,
  sessionKey: null,
});

describe('verified tokens', () => {
  it('verified tokens are found until they expire, to the millisecond', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a', verified('s1'));
    expect(tokens.find('a', NOW + 999)).toEqual(verified('s1'));
    expect(tokens.find('a', NOW + 1000)).toBeNull();
    // Not even by a clock that was set back: it is forgotten.
    expect(tokens.find('a', NOW)).toBeNull();
    expect(tokens.size).toBe(0);
  });

  it('verified tokens are found under exactly their own text', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('abc', verified('s1'));
    for (const other of ['ab', 'abcd', 'ABC', ' abc', '']) expect(tokens.find(other, NOW)).toBeNull();
  });

  it('verified tokens go all together when their session ends, and no others', () => {
    const tokens = new VerifiedTokens();
    tokens.remember('a1', verified('a'));
    tokens.remember('a2', verified('a'));
    tokens.remember('b1', verified('b'));
    tokens.dropSession('a');
    tokens.dropSession('unknown');
    expect(['a1', 'a2', 'b1'].map((token) => tokens.find(token, NOW) !== null)).toEqual([false, false, true]);
  });

  it('verified tokens are bounded: the longest unused go first', () => {
    const tokens = new VerifiedTokens(3);
    for (const name of ['a', 'b', 'c']) tokens.remember(name, verified(name));
    tokens.find('a', NOW);
    tokens.remember('d', verified('d'));
    expect(tokens.size).toBe(3);
    expect(tokens.find('b', NOW)).toBeNull();
    expect(tokens.find('a', NOW)).not.toBeNull();
    for (let index = 0; index < 10_000; index++) tokens.remember(`t${index}`, verified(`s${index % 100}`));
    expect(tokens.size).toBe(3);
  });

  it('verified tokens keep nothing of a session in memory once none of its tokens is left', () => {
    const tokens = new VerifiedTokens(1);
    tokens.remember('a', verified('s'));
    tokens.remember('b', verified('t'));
    tokens.dropSession('s');
    expect(tokens.find('b', NOW)).toEqual(verified('t'));
    tokens.dropSession('t');
    expect(tokens.size).toBe(0);
  });
});
