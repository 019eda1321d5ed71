import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, LENGTHS } from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { escrowFingerprint, escrowPublicKey, openEscrow, sealEscrow } from './escrow.js';
import { randomBytes } from './primitives.js';
import { loadSodium } from './sodium.js';

beforeAll(loadSodium);

const { escrow, vaultKey, vault } = vectors.vault;
const { serviceId, userId } = vault.header;
const owner = { serviceId, userId };
const seed = fromHex(escrow.escrowSeed);
const refusal = (code: string) => expect.objectContaining({ name: 'CryptoRefused', code });

describe('An escrow', () => {
  it('an escrow is that of the fixed example: public key, fingerprint, and what the seed opens', () => {
    const publicKey = escrowPublicKey(seed);
    expect(toHex(publicKey)).toBe(escrow.escrowPublicKey);
    expect(escrow.info.endsWith(toHex(escrowFingerprint(publicKey)))).toBe(true);
    expect(toHex(openEscrow(seed, owner, fromHex(escrow.blob)))).toBe(vaultKey);
  });

  it('an escrow opens what was sealed for it, and seals differently each time', () => {
    const key = randomBytes(32);
    const [first, second] = [1, 2].map(() => sealEscrow(escrowPublicKey(seed), owner, key));
    expect(first).toHaveLength(LENGTHS.escrow);
    expect(encodeBase64Url(first!)).not.toBe(encodeBase64Url(second!));
    for (const sealed of [first!, second!]) expect(openEscrow(seed, owner, sealed)).toEqual(key);
  });

  it('an escrow opens for no other key, user or service', () => {
    const sealed = fromHex(escrow.blob);
    const other = '018f4e7e-7b7a-7c3e-9c5c-00000000000b';
    expect(() => openEscrow(randomBytes(32), owner, sealed)).toThrow(refusal('cannot-decrypt'));
    expect(() => openEscrow(seed, { ...owner, userId: other }, sealed)).toThrow(refusal('cannot-decrypt'));
    expect(() => openEscrow(seed, { ...owner, serviceId: 'other.example' }, sealed)).toThrow(refusal('cannot-decrypt'));
  });

  it('an escrow is refused where it is cut, longer, or of another format', () => {
    const sealed = fromHex(escrow.blob);
    const malformed = refusal('malformed-blob');
    expect(() => openEscrow(seed, owner, sealed.slice(0, -1))).toThrow(malformed);
    expect(() => openEscrow(seed, owner, Uint8Array.of(...sealed, 0))).toThrow(malformed);
    expect(() => openEscrow(seed, owner, Uint8Array.of(2, ...sealed.slice(1)))).toThrow(malformed);
  });
});
