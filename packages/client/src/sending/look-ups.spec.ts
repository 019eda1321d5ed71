import { describe, expect, it } from '@jest/globals';
import { lookUpEach } from './look-ups.js';

const ITEMS = Array.from({ length: 20 }, (_, index) => index);

describe('Look-ups, a few at once', () => {
  it('look-ups that run a few at once give what they find in the order of what was asked for', async () => {
    expect(await lookUpEach(ITEMS, async (item) => item * 2)).toEqual(ITEMS.map((item) => item * 2));
  });

  it('look-ups that run a few at once begin no more once one has failed', async () => {
    const begun: number[] = [];
    const failing = lookUpEach(ITEMS, async (item) => {
      begun.push(item);
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 0) throw new Error('The server is busy');
      // The others take longer than the first.
      await new Promise((resolve) => setImmediate(resolve));
    });
    await expect(failing).rejects.toThrow('The server is busy');
    const atFailure = begun.length;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(atFailure).toBeLessThan(ITEMS.length);
    expect(begun).toHaveLength(atFailure);
  });
});
