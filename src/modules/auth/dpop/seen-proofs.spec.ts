import { describe, expect, it } from '@jest/globals';
import { SeenProofs } from './seen-proofs.js';

const MEMORY_MS = 150_000;

describe('proofs that were seen', () => {
  it('proofs that were seen are known for as long as they can be presented, and not for ever', () => {
    const seen = new SeenProofs(MEMORY_MS, 10);
    expect(seen.add('a', 0)).toBe('new');
    for (const now of [0, MEMORY_MS - 1, MEMORY_MS]) expect(seen.add('a', now)).toBe('seen');
    seen.add('b', 2 * MEMORY_MS);
    expect(seen.size).toBe(1);
    expect(seen.add('a', 2 * MEMORY_MS)).toBe('new');
  });

  it('proofs that were seen are forgotten together after a silence', () => {
    const seen = new SeenProofs(MEMORY_MS, 10);
    seen.add('a', 0);
    expect(seen.add('b', 3 * MEMORY_MS)).toBe('new');
    expect(seen.size).toBe(1);
  });

  it('proofs that were seen are never forgotten to make room: nothing more is taken instead', () => {
    const seen = new SeenProofs(MEMORY_MS, 2);
    expect([seen.add('a', 0), seen.add('b', 0), seen.add('c', 1)]).toEqual(['new', 'new', 'full']);
    expect(seen.add('a', 1)).toBe('seen');
    expect(seen.add('c', MEMORY_MS)).toBe('new');
    expect(seen.add('a', MEMORY_MS)).toBe('seen');
  });

  it('proofs that were seen stay known where the clock is set back', () => {
    const seen = new SeenProofs(MEMORY_MS, 10);
    seen.add('a', 1_000_000);
    expect(seen.add('a', 10)).toBe('seen');
  });
});
