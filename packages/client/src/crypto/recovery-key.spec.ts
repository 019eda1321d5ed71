import { beforeAll, describe, expect, it } from '@jest/globals';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { authPublicKey } from './auth-proof.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryKeyOfWords, recoveryWords } from './recovery-key.js';
import { loadSodium } from './sodium.js';

beforeAll(loadSodium);

const { words, recoveryKey, authSeed, authPublicKey: publicKey, wrapKey } = vectors.recovery;

describe('A recovery key', () => {
  it('a recovery key is shown as the words of the fixed example, and read from them', () => {
    expect(recoveryWords(fromHex(recoveryKey))).toBe(words);
    expect(toHex(recoveryKeyOfWords(words))).toBe(recoveryKey);
  });

  it('a recovery key becomes the keys of the fixed example', () => {
    const keys = deriveRecoveryKeys(fromHex(recoveryKey));
    expect(toHex(keys.authSeed)).toBe(authSeed);
    expect(toHex(authPublicKey(keys.authSeed))).toBe(publicKey);
    expect(toHex(keys.wrapKey)).toBe(wrapKey);
  });

  it('a recovery key survives being written down and typed in capitals and on several lines', () => {
    const key = generateRecoveryKey();
    const typed = `  ${recoveryWords(key).toUpperCase().replaceAll(' ', '\n ')} `;
    expect(toHex(recoveryKeyOfWords(typed))).toBe(toHex(key));
  });

  const list = words.split(' ');
  it.each([
    ['a missing word', list.slice(1).join(' ')],
    ['one word too many', `${words} pass`],
    ['an unknown word', [...list.slice(1), 'sealpost'].join(' ')],
    ['two words exchanged', [list[1], list[0], ...list.slice(2)].join(' ')],
    [
      'half as many words with a valid checksum',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    ],
    ['nothing', ''],
  ])('a recovery key is refused with %s, without naming a word', (_what, typed) => {
    let refusal: unknown;
    try {
      recoveryKeyOfWords(typed);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'malformed-recovery-words' });
    for (const word of ['pass', 'sealpost', 'legal']) expect(String(refusal)).not.toContain(` ${word} `);
  });
});
