import { ProtocolError } from './errors.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Every u64 of the protocol stays below 2^53, so that a JavaScript number holds it exactly. */
const MAX_U64 = Number.MAX_SAFE_INTEGER;

/** The ASCII bytes `sealpost/` ‖ name ‖ 0x00 (section 1). The zero byte makes tags prefix-free. */
export function tag(name: string): Uint8Array {
  return encoder.encode(`sealpost/${name}\0`);
}

/** UTF-8 of `text`. Refuses lone surrogates, which TextEncoder would replace silently. */
export function utf8(text: string, field = 'text'): Uint8Array {
  if (!text.isWellFormed()) throw new ProtocolError('malformed-text', field);
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; refuses malformed UTF-8. */
export function fromUtf8(bytes: Uint8Array, field = 'text'): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError('malformed-text', field);
  }
}

/** Joins byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Equality of public values. Not constant time: secrets are compared with libsodium or node:crypto. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Bytewise order, shorter first where one is the beginning of the other; negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function checkInteger(value: number, max: number, field: string): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new ProtocolError('out-of-range', field);
}

const FIRST_CAPACITY = 256;

/** Builds a byte string of the protocol. Every method refuses what does not fit. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  raw(bytes: Uint8Array): this {
    const start = this.#advance(bytes.length);
    this.#bytes.set(bytes, start);
    return this;
  }

  /** Bytes of exactly `length`. */
  fixed(bytes: Uint8Array, length: number, field: string): this {
    if (bytes.length !== length) throw new ProtocolError('wrong-length', field);
    return this.raw(bytes);
  }

  u8(value: number, field: string): this {
    return this.#integer(value, 1, 0xff, field);
  }

  u16(value: number, field: string): this {
    return this.#integer(value, 2, 0xffff, field);
  }

  u32(value: number, field: string): this {
    return this.#integer(value, 4, 0xffffffff, field);
  }

  /** Below 2^53 (section 1). */
  u64(value: number, field: string): this {
    return this.#integer(value, 8, MAX_U64, field);
  }

  /** lp(x) = u16 byte length ‖ x. */
  lp(bytes: Uint8Array, field: string): this {
    return this.u16(bytes.length, field).raw(bytes);
  }

  /** B(x) = u32 byte length ‖ x. */
  blob(bytes: Uint8Array, field: string): this {
    return this.u32(bytes.length, field).raw(bytes);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Big-endian. Division instead of shifts, which end at 32 bits. */
  #integer(value: number, length: number, max: number, field: string): this {
    checkInteger(value, max, field);
    const start = this.#advance(length);
    let rest = value;
    for (let index = start + length - 1; index >= start; index--) {
      this.#bytes[index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** Makes room and returns where it begins. */
  #advance(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    return start;
  }
}

/** Reads a byte string of the protocol from the front. What it returns are copies. */
export class ByteReader {
  #offset = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly name: string,
  ) {}

  get remaining(): number {
    return this.bytes.length - this.#offset;
  }

  fixed(length: number, field: string): Uint8Array {
    if (this.remaining < length) throw new ProtocolError('truncated', field);
    const start = this.#offset;
    this.#offset += length;
    // Not slice(): that of a Node Buffer is a view into memory that others share.
    return new Uint8Array(this.bytes.subarray(start, this.#offset));
  }

  expectTag(name: string): void {
    const expected = tag(name);
    if (this.remaining < expected.length || !equalBytes(this.fixed(expected.length, this.name), expected)) {
      throw new ProtocolError('wrong-tag', this.name);
    }
  }

  u8(field: string): number {
    return this.#view(1, field).getUint8(0);
  }

  u16(field: string): number {
    return this.#view(2, field).getUint16(0);
  }

  u32(field: string): number {
    return this.#view(4, field).getUint32(0);
  }

  u64(field: string): number {
    const value = this.#view(8, field).getBigUint64(0);
    if (value > BigInt(MAX_U64)) throw new ProtocolError('out-of-range', field);
    return Number(value);
  }

  lp(field: string): Uint8Array {
    return this.fixed(this.u16(field), field);
  }

  blob(field: string): Uint8Array {
    return this.fixed(this.u32(field), field);
  }

  /** Refuses bytes that are left over. */
  end(): void {
    if (this.remaining !== 0) throw new ProtocolError('trailing-bytes', this.name);
  }

  #view(length: number, field: string): DataView {
    return new DataView(this.fixed(length, field).buffer);
  }
}
