import { describe, expect, it } from '@jest/globals';
import { hasForm, judgeState, type SharedState, type StoredState } from './shared-state.js';

const ZEROS = new Uint8Array(32);
const bytes = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value);
const stored: StoredState = { stateVersion: 3, state: bytes(3, 80), previousHash: bytes(2), hash: bytes(33) };
const next: SharedState = { stateVersion: 4, state: bytes(4, 80), previousHash: bytes(33) };

describe('judgeState', () => {
  it.each([
    ['the next one', stored, next, 'next'],
    ['the first one', null, { ...next, stateVersion: 1, previousHash: ZEROS }, 'next'],
    ['the very same again', stored, stored, 'repetition'],
    ['another one of the same version', stored, { ...stored, state: bytes(9, 80) }, 'other-version'],
    ['the same with another past', stored, { ...stored, previousHash: bytes(9) }, 'other-version'],
    ['one that skips a version', stored, { ...next, stateVersion: 5 }, 'other-version'],
    ['one on top of another state', stored, { ...next, previousHash: bytes(34) }, 'other-previous'],
    ['a later one where there is none', null, next, 'other-version'],
    ['a first one with a past', null, { ...next, stateVersion: 1 }, 'other-previous'],
  ] as const)('judgeState knows %s', (_, before, state, expected) => {
    expect(judgeState(before, state, ZEROS)).toBe(expected);
  });
});

describe('hasForm', () => {
  it('hasForm asks for the format byte and for room for nonce, commitment and tag', () => {
    expect(hasForm(bytes(1, 73))).toBe(true);
    expect(hasForm(bytes(1, 72))).toBe(false);
    expect(hasForm(bytes(2, 80))).toBe(false);
    expect(hasForm(new Uint8Array(0))).toBe(false);
  });
});
