import { decodeBase64Url } from '@sealpost/protocol';
import { ClientError } from '../errors.js';

/** Checks one value of an answer and returns it typed. Answers come from a server that nobody has to trust. */
export type Shape<T> = (value: unknown, at: string) => T;

/** @throws ClientError `client.bad-answer` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ClientError('client.bad-answer', 'The server’s answer is not JSON');
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
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'object');
    const given = value as Readonly<Record<string, unknown>>;
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

/** An object whose members' names are data, each of one shape. */
export function mapOf<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'object');
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, item(member, `${at}/${name}`)]));
  };
}
