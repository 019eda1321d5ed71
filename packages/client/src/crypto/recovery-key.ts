import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { LENGTHS, tag } from '@sealpost/protocol';

import { internal } from '../errors.js';
import { CryptoRefused } from './crypto-refused.js';
import { expandCredential, type CredentialKeys } from './password.js';
import { randomBytes } from './primitives.js';

/** A new recovery key: 32 random bytes (section 3). Show its words once, then wipe it. */
export function generateRecoveryKey(): Uint8Array {
  return randomBytes(LENGTHS.seed);
}

/** The 24 BIP-39 English words of a recovery key. */
export function recoveryWords(recoveryKey: Uint8Array): string {
  if (recoveryKey.length !== LENGTHS.seed) throw internal('A recovery key has 32 bytes');
  return entropyToMnemonic(recoveryKey, wordlist);
}

/**
 * The recovery key of 24 words, in any letter case and spacing. Throws CryptoRefused `malformed-recovery-words` at any
 * other number of words, an unknown word or a wrong checksum; the message names no word.
 */
export function recoveryKeyOfWords(words: string): Uint8Array {
  const list = words.trim().toLowerCase().split(/\s+/u);
  if (list.length !== 24) throw new CryptoRefused('malformed-recovery-words', 'A recovery key has 24 words.');
  try {
    return mnemonicToEntropy(list.join(' '), wordlist);
  } catch {
    throw new CryptoRefused('malformed-recovery-words', 'A word is unknown, or the words do not belong together.');
  }
}

/** authSeed and wrapKey of a recovery key (section 3). */
export function deriveRecoveryKeys(recoveryKey: Uint8Array): CredentialKeys {
  return expandCredential(tag('recovery/v1'), recoveryKey, 'recovery');
}
