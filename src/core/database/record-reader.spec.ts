import { describe, expect, it } from '@jest/globals';
import { RecordReader } from './record-reader.js';

const UUID = '01a209db-57b4-7c81-857c-9609ff5902af';

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Packs a row like record_send; null columns have the length −1. */
function record(...columns: readonly (Buffer | null)[]): Buffer {
  const packed = columns.map((column) =>
    Buffer.concat([int32(17), int32(column?.length ?? -1), column ?? Buffer.alloc(0)]),
  );
  return Buffer.concat([int32(columns.length), ...packed]);
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

const readerOf = (...records: readonly Buffer[]): RecordReader =>
  // PostgreSQL breaks base64 into lines.
  new RecordReader(Buffer.concat(records).toString('base64').replace(/.{76}/g, '$&\n'));

describe('A reader of packed rows', () => {
  it('a reader of packed rows reads each type, row by row', () => {
    const time = int64((BigInt(Date.UTC(2026, 10, 28)) - 946_684_800_000n) * 1000n);
    const reader = readerOf(
      record(int64(2n ** 53n - 1n), Buffer.from(UUID.replaceAll('-', ''), 'hex'), time, Buffer.from('body')),
      record(Buffer.from([0, 7]), int32(-5), null, null),
      record(int32(8), null),
    );
    reader.next(4);
    expect([reader.int64(), reader.uuid(), reader.timeOrNull(), reader.bytesOrNull()]).toEqual([
      Number.MAX_SAFE_INTEGER,
      UUID,
      Date.UTC(2026, 10, 28),
      Buffer.from('body'),
    ]);
    expect(reader.atEnd).toBe(false);
    reader.next(4);
    expect([reader.int16(), reader.int32(), reader.timeOrNull(), reader.bytesOrNull()]).toEqual([7, -5, null, null]);
    reader.next(2);
    expect([reader.int32OrNull(), reader.int32OrNull()]).toEqual([8, null]);
    expect(reader.atEnd).toBe(true);
  });

  it('a reader of packed rows reads times before its epoch', () => {
    const reader = readerOf(record(int64(-946_684_800_000_000n)));
    reader.next(1);
    expect(reader.time()).toBe(0);
  });

  it('a reader of packed rows is at its end where there was no row', () => {
    expect(new RecordReader(null).atEnd).toBe(true);
  });

  it('a reader of packed rows refuses rows and columns of another shape', () => {
    const bytes = record(int32(1), int32(2));
    expect(() => readerOf(bytes).next(3)).toThrow('2 columns instead of 3');
    const reader = readerOf(bytes);
    reader.next(2);
    expect(() => reader.int64()).toThrow('4 bytes instead of 8');
  });
});
