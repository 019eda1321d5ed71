/** Microseconds between PostgreSQL's epoch, 2000-01-01, and that of Unix, in milliseconds. */
const EPOCH_MS = 946_684_800_000;
const HIGH = 2 ** 32;
const NULL_LENGTH = -1;
/** Each column begins with its type and its length. */
const TYPE_BYTES = 4;

/**
 * Reads rows that a statement has packed into one value: `encode(string_agg(record_send(row), ''), 'base64')`, where
 * each row is its number of columns and of each column type, length and value (PostgreSQL's binary formats). For answers
 * of many rows: pg reads each column of each row as text, which took more time than everything else of an inbox page.
 *
 * Columns are read in their order, each with the method of its type. Integers of 64 bits stay below 2^53.
 */
export class RecordReader {
  readonly #bytes: Buffer;
  #offset = 0;

  /** @param packed null where there was no row */
  constructor(packed: string | null) {
    const text = packed ?? '';
    const bytes = Buffer.allocUnsafe(Math.floor((text.length * 3) / 4));
    // Past the line ends that PostgreSQL puts in.
    this.#bytes = bytes.subarray(0, bytes.write(text, 'base64'));
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /**
   * Goes into the next row.
   * @throws Error where it has another number of columns
   */
  next(columns: number): void {
    const found = this.#bytes.readInt32BE(this.#offset);
    if (found !== columns) throw new Error(`The database packed ${found} columns instead of ${columns}`);
    this.#offset += 4;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#value(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#value(4));
  }

  int32OrNull(): number | null {
    return this.#skipNull() ? null : this.int32();
  }

  int64(): number {
    const at = this.#value(8);
    return this.#bytes.readInt32BE(at) * HIGH + this.#bytes.readUInt32BE(at + 4);
  }

  uuid(): string {
    return uuidAt(this.#bytes, this.#value(16));
  }

  /** A `timestamptz` as Unix milliseconds. */
  time(): number {
    return this.int64() / 1000 + EPOCH_MS;
  }

  timeOrNull(): number | null {
    return this.#skipNull() ? null : this.time();
  }

  /** A `bytea`: a view, not a copy. */
  bytes(): Buffer {
    const length = this.#length();
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  bytesOrNull(): Buffer | null {
    return this.#skipNull() ? null : this.bytes();
  }

  #skipNull(): boolean {
    if (this.#bytes.readInt32BE(this.#offset + TYPE_BYTES) !== NULL_LENGTH) return false;
    this.#offset += TYPE_BYTES + 4;
    return true;
  }

  #length(): number {
    const length = this.#bytes.readInt32BE(this.#offset + TYPE_BYTES);
    this.#offset += TYPE_BYTES + 4;
    return length;
  }

  /** Where the value of a column of fixed length lies. */
  #value(expected: number): number {
    const length = this.#length();
    if (length !== expected) throw new Error(`The database packed ${length} bytes instead of ${expected}`);
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}

/** What the database holds as a UUID is one: it is not checked again. */
export function uuidAt(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex', offset, offset + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
