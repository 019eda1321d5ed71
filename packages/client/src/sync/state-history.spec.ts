import { describe, expect, it } from '@jest/globals';
import type { StateHistory } from '../state/records.js';
import { agrees, continueHistory } from './state-history.js';

function historyOf(states: number, hashOf: (version: number) => string): StateHistory {
  let history: StateHistory = {};
  for (let version = 1; version <= states; version++) history = continueHistory(history, version, hashOf(version));
  return history;
}

const hash = (version: number): string => `hash ${version}`;

describe('the history of the shared state', () => {
  it('the history of the shared state names the states before, the newest of them all', () => {
    expect(historyOf(3, hash)).toEqual({ 1: 'hash 1', 2: 'hash 2', 3: 'hash 3' });
    const versions = Object.keys(historyOf(1000, hash)).map(Number);
    expect(versions.slice(-128)).toEqual(Array.from({ length: 128 }, (_, index) => 873 + index));
    expect(versions.slice(0, -128)).toEqual([128, 256, 384, 512, 640, 768]);
  });

  it('the history of the shared state stays small', () => {
    expect(Object.keys(historyOf(40_000, hash)).length).toBeLessThan(260);
  });

  it('the history of the shared state shows a fork to whoever has seen a state that the other branch does not have', () => {
    const forked = historyOf(300, (version) => (version < 200 ? hash(version) : `other ${version}`));
    expect(agrees(historyOf(250, hash), forked)).toBe(false);
    expect(agrees(historyOf(199, hash), forked)).toBe(true);
    expect(agrees(historyOf(250, hash), historyOf(300, hash))).toBe(true);
    expect(agrees({}, forked)).toBe(true);
  });
});
