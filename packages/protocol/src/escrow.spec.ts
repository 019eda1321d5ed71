import { describe, expect, it } from '@jest/globals';

import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { decodeEscrowUnlock, encodeEscrowUnlock } from './escrow.js';
import { LENGTHS } from './limits.js';

const bytes = fromHex(vectors.vault.escrow.blob);
const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });

describe('An escrow unlock', () => {
  it('an escrow unlock is that of the fixed example', () => {
    expect(bytes).toHaveLength(LENGTHS.escrow);
    expect(toHex(encodeEscrowUnlock(decodeEscrowUnlock(bytes)))).toBe(vectors.vault.escrow.blob);
  });

  it('an escrow unlock is refused at every truncation, at a byte too many, and in another format', () => {
    expectExactDecoder(bytes, decodeEscrowUnlock);
    expect(() => decodeEscrowUnlock(Uint8Array.of(2, ...bytes.slice(1)))).toThrow(refusal('wrong-format'));
  });

  it('an escrow unlock has parts of fixed lengths', () => {
    const parts = decodeEscrowUnlock(bytes);
    expect(() => encodeEscrowUnlock({ ...parts, enc: parts.enc.slice(1) })).toThrow(refusal('wrong-length'));
    expect(() => encodeEscrowUnlock({ ...parts, ciphertext: bytes })).toThrow(refusal('wrong-length'));
  });
});
