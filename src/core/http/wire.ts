import { encodeBytes } from './fields/index.js';

/** What a value becomes on the wire: bytes are text, everything else keeps its shape. */
export type OnWire<T> = T extends Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? OnWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OnWire<T[Key]> }
      : T;

/** What a request class holds of its wire type: the named members decoded to bytes. */
export type Decoded<Json, Bytes extends keyof Json> = {
  readonly [Key in keyof Json]: Key extends Bytes ? Uint8Array : Json[Key];
};

/** Copies a view for the answer: `Uint8Array` becomes base64url, members that are undefined are left out. */
export function toWire<T>(value: T): OnWire<T>;
export function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return encodeBytes(value);
  if (Array.isArray(value)) return value.map((item: unknown) => toWire(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, toWire(member)]));
}
