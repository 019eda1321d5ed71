import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  anyBytes,
  anyEntries,
  anyRcpt,
  anyServiceId,
  anyU64,
  anyUuidV7,
  anyVersion,
} from '../../../test/support/arbitraries.js';
import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { ByteReader } from './bytes.js';
import {
  decodeKeyStatement,
  encodeKeyStatement,
  encodeRcpt,
  handleBytes,
  readRcpt,
  type KeyStatement,
} from './key-statement.js';
import { LENGTHS, LIMITS } from './limits.js';

const { statements, serviceId, userId, handle } = vectors.statements;

const anyStatement: fc.Arbitrary<KeyStatement> = fc.record({
  serviceId: anyServiceId,
  userId: anyUuidV7,
  version: anyVersion,
  signingPublicKey: anyBytes(32),
  boxPublicKey: anyBytes(32),
  kemPublicKey: anyBytes(1216),
  createdAt: anyU64,
  recovery: fc.boolean(),
  earlierKeysCompromised: fc.boolean(),
  previousKeysHash: anyBytes(32),
  entries: anyEntries,
});

function example(): KeyStatement {
  return decodeKeyStatement(fromHex(statements[0]?.bytes ?? ''));
}

/** The bytes of the first example with some of them replaced; counted from the end where negative. */
function patched(offset: number, bytes: readonly number[]): Uint8Array {
  const statement = fromHex(statements[0]?.bytes ?? '');
  statement.set(bytes, offset < 0 ? statement.length + offset : offset);
  return statement;
}

const refusal = (reason: string, field: string) => expect.objectContaining({ name: 'ProtocolError', reason, field });

describe('A key statement', () => {
  it.each(statements)(
    'a key statement of the fixed example of version $keys.version says what it should',
    ({ bytes, hash, keys }) => {
      const statement = decodeKeyStatement(fromHex(bytes));
      expect(statement).toMatchObject({ serviceId, userId, version: keys.version });
      expect(toHex(statement.signingPublicKey)).toBe(keys.signingPublicKey);
      expect(toHex(statement.boxPublicKey)).toBe(keys.boxPublicKey);
      expect(toHex(statement.kemPublicKey)).toBe(keys.kemPublicKey);
      expect(toHex(encodeKeyStatement(statement))).toBe(bytes);
      expect(createHash('sha256').update(fromHex(bytes)).digest('hex')).toBe(hash);
    },
  );

  it('a key statement of the fixed example of version 3 has both flags, the hash of version 2 and an entry of type 7', () => {
    const statement = decodeKeyStatement(fromHex(statements[2]?.bytes ?? ''));
    expect(statement).toMatchObject({ recovery: true, earlierKeysCompromised: true });
    expect(toHex(statement.previousKeysHash)).toBe(statements[1]?.hash);
    expect(statement.entries.map(({ type }) => type)).toEqual([7]);
  });

  it('a key statement is read as it was written', () => {
    fc.assert(
      fc.property(anyStatement, (statement) => {
        const bytes = encodeKeyStatement(statement);
        expect(decodeKeyStatement(bytes)).toEqual(statement);
        expect(bytes.length).toBeLessThanOrEqual(LIMITS.statementBytes);
      }),
    );
  });

  it('a key statement is refused at every truncation and every byte too many', () => {
    for (const { bytes } of statements) expectExactDecoder(fromHex(bytes), decodeKeyStatement);
  });

  it('a key statement has one form: whatever decodes after a change of a bit encodes to the changed bytes', () => {
    const bytes = fromHex(statements[2]?.bytes ?? '');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let decoded: KeyStatement;
      try {
        decoded = decodeKeyStatement(changed);
      } catch (error) {
        expect(error).toMatchObject({ name: 'ProtocolError' });
        continue;
      }
      expect(toHex(encodeKeyStatement(decoded))).toBe(toHex(changed));
    }
  });

  const tagLength = 'sealpost/keys/v1\0'.length;
  const flagsAt = -(2 + 32 + 1);
  it.each([
    ['another tag', patched(0, [0x53]), 'wrong-tag', 'statement'],
    ['a serviceId with a capital', patched(tagLength + 2, [0x4d]), 'malformed-text', 'serviceId'],
    ['a serviceId that is not UTF-8', patched(tagLength + 2, [0xff]), 'malformed-text', 'serviceId'],
    ['a userId of version 4', patched(tagLength + 2 + 11 + 6, [0x4c]), 'not-canonical', 'userId'],
    ['version 0', patched(tagLength + 2 + 11 + 16, [0, 0, 0, 0]), 'out-of-range', 'version'],
    [
      'a KEM key of another length',
      patched(tagLength + 2 + 11 + 16 + 4 + 64, [0x04, 0xbf]),
      'wrong-length',
      'kemPublicKey',
    ],
    ['a time beyond 2^53', patched(flagsAt - 8, [0, 0x20, 0, 0, 0, 0, 0, 0]), 'out-of-range', 'createdAt'],
    ['an unknown flag', patched(flagsAt, [4]), 'unknown-flags', 'flags'],
    ['another unknown flag', patched(flagsAt, [0x80]), 'unknown-flags', 'flags'],
  ])('a key statement is refused with %s', (_what, bytes, reason, field) => {
    expect(() => decodeKeyStatement(bytes)).toThrow(refusal(reason, field));
  });

  it('a key statement keeps entries of unknown types below 0x8000, and is refused with one from there on', () => {
    const value = Uint8Array.of(1);
    const entries = [0, 7, 0x7fff].map((type) => ({ type, value }));
    expect(decodeKeyStatement(encodeKeyStatement({ ...example(), entries })).entries).toEqual(entries);
    for (const type of [0x8000, 0xffff]) {
      expect(() => encodeKeyStatement({ ...example(), entries: [{ type, value }] })).toThrow(
        refusal('unknown-critical-entry', 'entries'),
      );
    }
    const bytes = encodeKeyStatement({ ...example(), entries: [{ type: 0x7fff, value }] });
    bytes.set([0x80, 0x00], bytes.length - 5);
    expect(() => decodeKeyStatement(bytes)).toThrow(refusal('unknown-critical-entry', 'entries'));
  });

  it('a key statement has its entries ascending, each type once, 4 KiB of them at most', () => {
    const entry = (type: number, length = 1) => ({ type, value: new Uint8Array(length) });
    const encode =
      (...entries: ReturnType<typeof entry>[]) =>
      () =>
        encodeKeyStatement({ ...example(), entries });
    expect(encode(entry(2), entry(1))).toThrow(refusal('not-sorted', 'entries'));
    expect(encode(entry(1), entry(1))).toThrow(refusal('duplicate', 'entries'));
    expect(encode(entry(1, 4092))).not.toThrow();
    expect(encode(entry(1, 4093))).toThrow(refusal('out-of-range', 'entries'));
  });

  it.each([
    ['signingPublicKey', { signingPublicKey: new Uint8Array(31) }, 'wrong-length'],
    ['boxPublicKey', { boxPublicKey: new Uint8Array(33) }, 'wrong-length'],
    ['kemPublicKey', { kemPublicKey: new Uint8Array(1215) }, 'wrong-length'],
    ['previousKeysHash', { previousKeysHash: new Uint8Array(0) }, 'wrong-length'],
    ['version', { version: 0 }, 'out-of-range'],
    ['serviceId', { serviceId: 'Msg.example' }, 'malformed-text'],
  ])('a key statement is not written with a wrong %s', (field, change, reason) => {
    expect(() => encodeKeyStatement({ ...example(), ...change })).toThrow(refusal(reason, field));
  });
});

describe('A handle', () => {
  it('a handle is signed as in the fixed example', () => {
    expect(toHex(handleBytes({ serviceId, userId, loginId: handle.loginId, version: handle.version }))).toBe(
      handle.tbs,
    );
  });
});

describe('rcpt', () => {
  it('rcpt has 52 bytes, and is read as it was written', () => {
    fc.assert(
      fc.property(anyRcpt, (rcpt) => {
        const bytes = encodeRcpt(rcpt);
        expect(bytes).toHaveLength(LENGTHS.rcpt);
        expect(readRcpt(new ByteReader(bytes, 'rcpt'), 'rcpt')).toEqual(rcpt);
      }),
    );
  });
});
