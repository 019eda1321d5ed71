import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyBytes, anySeeds } from '../../../test/support/arbitraries.js';
import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { escrowInfoBytes, escrowKeyBytes } from './escrow.js';
import { LENGTHS } from './limits.js';
import {
  decodeCommittedBlob,
  decodeVaultContent,
  encodeCommittedBlob,
  encodeVaultContent,
  stateHeaderBytes,
  unlockHeaderBytes,
  vaultHeaderBytes,
  type VaultContent,
} from './vault.js';

const { vault, passwordUnlock, recoveryUnlock, state } = vectors.vault;
const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });

const anyRecords = fc
  .uniqueArray(fc.record({ type: fc.integer({ min: 0, max: 0xffff }), value: fc.uint8Array({ maxLength: 40 }) }), {
    selector: ({ type }) => type,
    maxLength: 5,
  })
  .map((records) => records.sort((a, b) => a.type - b.type));

describe('The headers of the fixed examples', () => {
  it('the headers of the fixed examples are what blobs are bound to', () => {
    expect(toHex(vaultHeaderBytes({ ...vault.header, keysHash: fromHex(vault.header.keysHash) }))).toBe(
      vault.headerBytes,
    );
    const { salt } = passwordUnlock.header;
    const password = { ...passwordUnlock.header, loginId: 'alice@example.org', salt: fromHex(salt) };
    expect(toHex(unlockHeaderBytes(password))).toBe(passwordUnlock.headerBytes);
    expect(toHex(unlockHeaderBytes(recoveryUnlock.header))).toBe(recoveryUnlock.headerBytes);
    const { previousHash } = state.header;
    expect(toHex(stateHeaderBytes({ ...state.header, previousHash: fromHex(previousHash) }))).toBe(state.headerBytes);
  });
});

describe('The content of a vault', () => {
  const bytes = fromHex(vault.secret);

  it('the content of a vault is that of the fixed example', () => {
    const content = decodeVaultContent(bytes);
    expect(content.keys.map(({ version }) => version)).toEqual([1, 2]);
    expect(content.keys.map(({ signSeed }) => toHex(signSeed))).toEqual(
      vectors.statements.statements.slice(0, 2).map(({ keys }) => keys.signSeed),
    );
    expect(toHex(encodeVaultContent(content))).toBe(vault.secret);
  });

  it('the content of a vault is read as it was written', () => {
    fc.assert(
      fc.property(fc.record({ keys: anySeeds, records: anyRecords }), (content: VaultContent) => {
        expect(decodeVaultContent(encodeVaultContent(content))).toEqual(content);
      }),
    );
  });

  it('the content of a vault is refused at every truncation and every byte too many', () => {
    expectExactDecoder(bytes, decodeVaultContent);
    const records = [{ type: 3, value: Uint8Array.of(1, 2) }];
    expectExactDecoder(encodeVaultContent({ keys: [], records }), decodeVaultContent);
  });

  it('the content of a vault is refused in another format', () => {
    expect(() => decodeVaultContent(Uint8Array.of(2, ...bytes.slice(1)))).toThrow(refusal('wrong-format'));
  });

  it('the content of a vault has versions from 1, ascending and unique, and so the types of records', () => {
    const seeds = { signSeed: new Uint8Array(32), boxSeed: new Uint8Array(32), kemSeed: new Uint8Array(32) };
    const encode =
      (...versions: number[]) =>
      () =>
        encodeVaultContent({ keys: versions.map((version) => ({ version, ...seeds })), records: [] });
    expect(encode(1, 2, 9)).not.toThrow();
    expect(encode(0)).toThrow(refusal('out-of-range'));
    expect(encode(2, 1)).toThrow(refusal('not-sorted'));
    expect(encode(1, 1)).toThrow(refusal('not-sorted'));
    const record = (type: number) => ({ type, value: new Uint8Array(0) });
    expect(() => encodeVaultContent({ keys: [], records: [record(2), record(1)] })).toThrow(refusal('not-sorted'));
    const swapped = decodeVaultContentOf([2, 1]);
    expect(swapped).toThrow(refusal('not-sorted'));
  });

  /** Versions written in an order that the encoder would refuse. */
  function decodeVaultContentOf(versions: readonly number[]): () => VaultContent {
    const changed = bytes.slice();
    for (const [index, version] of versions.entries()) changed.set([0, 0, 0, version], 3 + index * 100);
    return () => decodeVaultContent(changed);
  }

  it('the content of a vault has seeds of 32 bytes', () => {
    const seed = new Uint8Array(32);
    const keys = [{ version: 1, signSeed: seed, boxSeed: seed.slice(1), kemSeed: seed }];
    expect(() => encodeVaultContent({ keys, records: [] })).toThrow(refusal('wrong-length'));
  });
});

describe('A committed blob', () => {
  it('a committed blob is read as it was written', () => {
    fc.assert(
      fc.property(
        anyBytes(24),
        anyBytes(32),
        fc.uint8Array({ minLength: 16, maxLength: 99 }),
        (nonce, commit, ciphertext) => {
          const bytes = encodeCommittedBlob({ nonce, commit, ciphertext });
          expect(bytes).toHaveLength(LENGTHS.committedOverhead - LENGTHS.aeadTag + ciphertext.length);
          expect(decodeCommittedBlob(bytes, 'vault')).toEqual({ nonce, commit, ciphertext });
        },
      ),
    );
  });

  it('a committed blob is refused in another format, and where there is no room for its tag', () => {
    const bytes = fromHex(passwordUnlock.blob);
    expect(bytes).toHaveLength(LENGTHS.unlock);
    expect(() => decodeCommittedBlob(Uint8Array.of(0, ...bytes.slice(1)), 'unlock')).toThrow(refusal('wrong-format'));
    for (let length = 0; length < LENGTHS.committedOverhead; length++) {
      expect(() => decodeCommittedBlob(bytes.slice(0, length), 'unlock')).toThrow(refusal('truncated'));
    }
  });
});

describe('Escrow', () => {
  it('escrow does not take a key of another length', () => {
    expect(() => escrowKeyBytes(new Uint8Array(1215))).toThrow(refusal('wrong-length'));
    expect(() => escrowInfoBytes('msg.example', vault.header.userId, new Uint8Array(31))).toThrow(
      refusal('wrong-length'),
    );
  });
});
