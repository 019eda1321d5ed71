import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { toHex } from '../../../test/support/vectors.js';
import { ByteReader, ByteWriter, compareBytes, concat, equalBytes, fromUtf8, isZero, tag, utf8 } from './bytes.js';

const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });

describe('A byte string of the protocol', () => {
  it('a byte string of the protocol is read as it was written, to its last byte', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xff }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.maxSafeNat(),
        fc.uint8Array({ maxLength: 300 }),
        (u8, u16, u32, u64, bytes) => {
          const written = new ByteWriter()
            .raw(tag('test/v1'))
            .u8(u8, 'a')
            .u16(u16, 'b')
            .u32(u32, 'c')
            .u64(u64, 'd')
            .lp(bytes, 'e')
            .blob(bytes, 'f')
            .finish();
          const reader = new ByteReader(written, 'test');
          reader.expectTag('test/v1');
          expect([reader.u8('a'), reader.u16('b'), reader.u32('c'), reader.u64('d')]).toEqual([u8, u16, u32, u64]);
          expect([reader.lp('e'), reader.blob('f')]).toEqual([bytes, bytes]);
          expect(() => {
            reader.end();
          }).not.toThrow();
        },
      ),
    );
  });

  it('a byte string of the protocol has big-endian numbers', () => {
    const bytes = new ByteWriter().u16(0x0102, 'a').u32(0x03040506, 'b').u64(0x0708090a0b0c, 'c').finish();
    expect(toHex(bytes)).toBe('010203040506' + '00000708090a0b0c');
  });

  it.each<[string, (writer: ByteWriter) => unknown]>([
    ['u8', (writer) => writer.u8(256, 'n')],
    ['u8', (writer) => writer.u8(-1, 'n')],
    ['u8', (writer) => writer.u8(0.5, 'n')],
    ['u16', (writer) => writer.u16(0x1_0000, 'n')],
    ['u32', (writer) => writer.u32(0x1_0000_0000, 'n')],
    ['u64', (writer) => writer.u64(2 ** 53, 'n')],
    ['u64', (writer) => writer.u64(Number.NaN, 'n')],
    ['lp', (writer) => writer.lp(new Uint8Array(0x1_0000), 'n')],
  ])('a byte string of the protocol has no %s that does not fit', (_what, write) => {
    expect(() => write(new ByteWriter())).toThrow(refusal('out-of-range'));
  });

  it('a byte string of the protocol has no fixed field of another length', () => {
    expect(() => new ByteWriter().fixed(new Uint8Array(31), 32, 'key')).toThrow(refusal('wrong-length'));
  });

  it('a byte string of the protocol with a u64 of 2^53 or more is refused', () => {
    const bytes = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0);
    expect(() => new ByteReader(bytes, 'test').u64('n')).toThrow(refusal('out-of-range'));
  });

  it('a byte string of the protocol is refused where it ends too soon or too late, or has another tag', () => {
    const read = (length: number) => new ByteReader(new Uint8Array(length), 'test');
    expect(() => read(3).u32('n')).toThrow(refusal('truncated'));
    expect(() => read(2).lp('n')).not.toThrow();
    expect(() => new ByteReader(Uint8Array.of(0, 5, 1), 'test').lp('n')).toThrow(refusal('truncated'));
    expect(() => new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 'test').blob('n')).toThrow(refusal('truncated'));
    expect(() => {
      read(1).end();
    }).toThrow(refusal('trailing-bytes'));
    expect(() => {
      new ByteReader(tag('keys/v2'), 'test').expectTag('keys/v1');
    }).toThrow(refusal('wrong-tag'));
    expect(() => {
      read(2).expectTag('keys/v1');
    }).toThrow(refusal('wrong-tag'));
  });

  it('a byte string of the protocol gives copies: what is read does not change with the bytes it was read from', () => {
    const bytes = Uint8Array.of(1, 2);
    const read = new ByteReader(bytes, 'test').fixed(2, 'n');
    bytes.fill(0);
    expect(read).toEqual(Uint8Array.of(1, 2));
  });
});

describe('Tags', () => {
  it('tags end with a zero byte, so that none is the beginning of another', () => {
    expect(toHex(tag('a/v1'))).toBe(Buffer.from('sealpost/a/v1\0').toString('hex'));
  });
});

describe('Text', () => {
  it('text goes to UTF-8 and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
  });

  it('text keeps a byte order mark', () => {
    expect(fromUtf8(utf8('\ufeffa'))).toBe('\ufeffa');
  });

  it('text with a lone surrogate, and bytes that are not UTF-8, are refused', () => {
    expect(() => utf8('a\ud800')).toThrow(refusal('malformed-text'));
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(refusal('malformed-text'));
    }
  });
});

describe('Comparison', () => {
  it('the comparison of bytes orders bytewise, the beginning of another first', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('the comparison of bytes joins, and knows zeros', () => {
    expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(isZero(new Uint8Array(5))).toBe(true);
    expect(isZero(Uint8Array.of(0, 0, 1))).toBe(false);
  });
});
