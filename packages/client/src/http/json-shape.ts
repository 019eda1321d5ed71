import { decodeBase64Url, encodeBase64Url, isUuidV4OrV7, isUuidV7 } from '@sealpost/protocol';
import { ClientError } from '../errors.js';

/** Checks one value of an answer and returns it typed. Answers come from a server that nobody has to trust. */
export type Shape<T> = (value: unknown, at: string) => T;

/** The text is no JSON at all. */
export class NotJson extends ClientError {
  constructor() {
    super('client.bad-answer', 'The server’s answer is not JSON');
  }
}

/**
 * @param values that an honest text has at most
 * @throws NotJson, ClientError `client.bad-answer`
 */
export function parseJson(text: string, values = Number.POSITIVE_INFINITY): unknown {
  const excess = jsonExcess(text, values);
  if (excess !== null) {
    throw new ClientError('client.bad-answer', `The server’s answer is more than any honest one: ${excess}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NotJson();
  }
}

function refuse(at: string, expected: string): never {
  throw new ClientError(
    'client.bad-answer',
    `The server's answer has no ${expected} at ${at === '' ? 'its root' : at}`,
  );
}

export const text: Shape<string> = (value, at) => (typeof value === 'string' ? value : refuse(at, 'text'));

export const flag: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(at, 'boolean'));

/** From 0 to 2^53 − 1, as all numbers of the protocol. */
export const integer: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse(at, 'whole number');

const U32 = 2 ** 32;
/** The last moment that a Date can hold. */
const LAST_MOMENT = 8_640_000_000_000_000;

export function integerWithin(least: number, most: number): Shape<number> {
  return (value, at) => {
    const found = integer(value, at);
    return found >= least && found <= most ? found : refuse(at, `number from ${least} to ${most}`);
  };
}

/** A count or a number of seconds, which the protocol has as u32. */
export const u32 = integerWithin(0, U32 - 1);
/** A version of keys, vaults, credentials or states: from 1, and such that there can be a next one. */
export const version = integerWithin(1, U32 - 2);
/** A version, or 0 where there is none yet. */
export const versionOrNone = integerWithin(0, U32 - 2);
/** Unix milliseconds. */
export const time = integerWithin(0, LAST_MOMENT);
/** The sequence of an entry of a mailbox, from 1. */
export const sequence = integerWithin(1, Number.MAX_SAFE_INTEGER);

/** Text that a header can carry. */
export const token = matching<string>((value) => /^[\x21-\x7e]{1,4096}$/.test(value), 'token');

export const uuid = matching<string>(isUuidV4OrV7, 'UUID');
export const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');

/** Canonical base64url of bytes that have a fixed length, kept as text. */
export function bytesOf(length: number): Shape<string> {
  const expected = `canonical base64url of ${length} bytes`;
  return matching<string>((value) => decodeBase64Url(value)?.length === length, expected);
}

/** An id as part of a path: any other text could lead to another route. */
export function uuidArgument(id: string, name: string): string {
  if (!isUuidV4OrV7(id)) throw new ClientError('client.invalid-argument', `The ${name} is not a UUID`);
  return id;
}

/**
 * The shape of an answer that belongs to what was asked.
 * @param what says what else it is about
 */
export function about<T>(shape: Shape<T>, test: (answer: T) => boolean, what: string): Shape<T> {
  return (value, at) => {
    const answer = shape(value, at);
    if (test(answer)) return answer;
    throw new ClientError('client.bad-answer', `The server answers about ${what}`);
  };
}

/** Canonical base64url without padding, kept as text. */
export const base64Url: Shape<string> = (value, at) =>
  typeof value === 'string' && decodeBase64Url(value) !== null ? value : refuse(at, 'canonical base64url');

export function matching<T extends string>(test: (value: string) => boolean, expected: string): Shape<T> {
  return (value, at) => (typeof value === 'string' && test(value) ? (value as T) : refuse(at, expected));
}

export function oneOf<const T extends string | number>(values: readonly T[]): Shape<T> {
  return (value, at) => values.find((candidate) => candidate === value) ?? refuse(at, values.join(' or '));
}

export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((entry: unknown, index) => item(entry, `${at}/${index}`)) : refuse(at, 'list');
}

/** Members as they are sent: bytes as base64url. */
export type Sent<T> = { readonly [Name in keyof T]: SentMember<T[Name]> };
type SentMember<V> = V extends Uint8Array ? string : V;

export function toWire<T extends object>(members: T): Sent<T> {
  const sent = Object.entries(members).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? encodeBase64Url(value) : value,
  ]);
  return Object.fromEntries(sent) as Sent<T>;
}

interface Optional<T> {
  readonly optional: Shape<T>;
}

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** Members that may be absent need optional(), all others a plain shape. */
type Members<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name] ? Optional<Exclude<T[Name], undefined>> : Shape<T[Name]>;
};

/** An object with these members. Others are left out of the result: a newer server may say more. */
export function objectOf<T extends object>(members: Members<T>): Shape<T> {
  const entries = Object.entries<Shape<unknown> | Optional<unknown>>(members);
  return (value, at) => {
    const given = membersOf(value, at);
    const result: Record<string, unknown> = {};
    for (const [name, member] of entries) {
      const path = `${at}/${name}`;
      const found = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof member === 'function') result[name] = member(found, path);
      else if (found !== undefined) result[name] = member.optional(found, path);
    }
    return result as T;
  };
}

function membersOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'object');
  return value as Readonly<Record<string, unknown>>;
}

/** An object whose members' names are data, each of one shape. */
export function mapOf<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    return Object.fromEntries(
      Object.entries(membersOf(value, at)).map(([name, member]) => [name, item(member, `${at}/${name}`)]),
    );
  };
}

/** Deeper than any answer of the API. */
const DEEPEST = 24;

/**
 * What is wrong with the extent of a JSON text, without parsing it: a few bytes that are sent compressed can make
 * millions of objects, for which a program would have neither time nor memory. Says nothing about texts that are no JSON.
 * @param values that there may be at most
 */
function jsonExcess(text: string, values: number): 'too-deep' | 'too-many-values' | null {
  let depth = 0;
  // Every value but the first has a comma or an opening bracket before it, and a member's name counts with its value.
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at + 1);
        break;
      case '{':
      case '[':
        depth++;
        count++;
        if (depth > DEEPEST) return 'too-deep';
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        count++;
        break;
      default:
    }
    if (count > values) return 'too-many-values';
  }
  return null;
}

/** Index of the quotation mark that ends a string; the length of the text where none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start);
  while (end !== -1 && isEscaped(text, end, start)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= start && text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
