import { describe, expect, it } from '@jest/globals';

import { loadSodium, sodium } from './sodium.js';

describe('libsodium', () => {
  it('libsodium cannot be used before it is loaded, and then can', async () => {
    expect(() => sodium()).toThrow('await loadSodium() first');
    await loadSodium();
    expect(sodium().randombytes_buf(8)).toHaveLength(8);
  });

  it('libsodium has what the protocol needs in the lengths that it needs', async () => {
    await loadSodium();
    const { publicKey, privateKey } = sodium().crypto_kem_xwing_seed_keypair(new Uint8Array(32));
    expect([publicKey.length, privateKey.length]).toEqual([1216, 32]);
    expect(sodium().crypto_kem_xwing_enc(publicKey).ciphertext).toHaveLength(1120);
  });
});
