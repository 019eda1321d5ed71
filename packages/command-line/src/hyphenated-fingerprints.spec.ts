import { parseArgs } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { protectFingerprints } from './hyphenated-fingerprints.js';

const OPTIONS = {
  escrow: { type: 'string' },
  compromised: { type: 'boolean' },
  message: { type: 'string', short: 'm' },
} as const;
const FINGERPRINT = `-w${'A'.repeat(41)}`;

function read(...args: string[]): unknown {
  const parsed = parseArgs({ args: protectFingerprints(args, OPTIONS), options: OPTIONS, allowPositionals: true });
  return [{ ...parsed.values }, parsed.positionals];
}

describe('Fingerprints on the command line', () => {
  it('a fingerprint that begins with a hyphen is an argument like any other', () => {
    expect(read('add', FINGERPRINT)).toEqual([{}, ['add', FINGERPRINT]]);
    expect(read('add', FINGERPRINT, '--compromised')).toEqual([{ compromised: true }, ['add', FINGERPRINT]]);
    expect(read('--compromised', FINGERPRINT)).toEqual([{ compromised: true }, [FINGERPRINT]]);
    expect(read('add', `-${FINGERPRINT.slice(0, -1)}`)).toEqual([{}, ['add', `-${FINGERPRINT.slice(0, -1)}`]]);
  });

  it('a fingerprint that begins with a hyphen is the value of an option', () => {
    expect(read('--escrow', FINGERPRINT, 'rest')).toEqual([{ escrow: FINGERPRINT }, ['rest']]);
    expect(read(`--escrow=${FINGERPRINT}`)).toEqual([{ escrow: FINGERPRINT }, []]);
  });

  it('a fingerprint that begins with a hyphen changes nothing else', () => {
    expect(read('one', '-m', 'text', '--', '--two', FINGERPRINT)).toEqual([
      { message: 'text' },
      ['one', '--two', FINGERPRINT],
    ]);
    expect(() => read('-w')).toThrow('Unknown option');
  });
});
