import { describe, expect, it } from '@jest/globals';

import { wipe, wiping } from './wipe.js';

describe('Secrets', () => {
  it('secrets are zeros after their use', () => {
    const [first, second] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    wipe(first, second);
    expect([...first, ...second]).toEqual([0, 0, 0]);
  });

  it('secrets are there while they are used, and zeros afterwards', () => {
    const secret = Uint8Array.of(1, 2);
    expect(wiping([secret], () => secret.join())).toBe('1,2');
    expect(secret.join()).toBe('0,0');
  });

  it('secrets are zeros also where their use fails', () => {
    const secret = Uint8Array.of(1, 2);
    const failing = () =>
      wiping([secret], () => {
        throw new Error('in use');
      });
    expect(failing).toThrow('in use');
    expect(secret.join()).toBe('0,0');
  });
});
