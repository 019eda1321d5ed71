import { isAbsolute, resolve } from 'node:path';
import { decodeBase64Url } from '@sealpost/protocol';
import ipaddr from 'ipaddr.js';

/** Turns the text of a variable into a value; `expected` completes the sentence "must be …". */
export interface Parser<T> {
  readonly expected: string;
  /** Returns undefined when the text is not acceptable. */
  parse(text: string): T | undefined;
}

export const REGISTRATION_MODES = ['open', 'invitation', 'closed'] as const;
export type RegistrationMode = (typeof REGISTRATION_MODES)[number];

export const RESET_MODES = ['off', 'email', 'approval', 'both'] as const;
export type ResetMode = (typeof RESET_MODES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** At most `count` attempts per `seconds`, refilled evenly. */
export interface RateLimitRule {
  readonly count: number;
  readonly seconds: number;
}

const MAX_RATE_COUNT = 1_000_000;
const MAX_RATE_SECONDS = 86_400;

function matching(expected: string, pattern: RegExp): Parser<string> {
  return { expected, parse: (text) => (pattern.test(text) ? text : undefined) };
}

export const hostName = matching('an IP address or a host name', /^[0-9A-Za-z.:_-]{1,255}$/);

/** Protocol section 1. */
export const serviceIdentifier = matching('1 to 253 characters of a-z, 0-9, "." and "-"', /^[a-z0-9.-]{1,253}$/);

export function integer(least: number, most: number): Parser<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    parse: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

export function bytes(length: number): Parser<Uint8Array> {
  return {
    expected: `base64url of ${length} bytes, without padding`,
    parse: (text) => {
      const value = decodeBase64Url(text);
      return value?.length === length ? value : undefined;
    },
  };
}

export function oneOf<const T extends string | number>(values: readonly T[]): Parser<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => String(value) === text),
  };
}

/** A list separated by commas; spaces around the items and empty items are ignored. */
export function listOf<T>(item: Parser<T>): Parser<readonly T[]> {
  return {
    expected: `a list, separated by commas, of which each item is ${item.expected}`,
    parse: (text) => {
      const texts = text.split(',').map((part) => part.trim());
      const values = texts.filter((part) => part !== '').map((part) => item.parse(part));
      return values.every((value) => value !== undefined) ? Object.freeze(values) : undefined;
    },
  };
}

export const path: Parser<string> = {
  expected: 'a path',
  parse: (text) => (text.includes('\0') ? undefined : resolve(text)),
};

/** A file is named by a path with a "/"; anything else is the name of an installed package. */
export const moduleName: Parser<string> = {
  expected: 'a package name, or the path of a file, which contains a "/" and starts with "." or "/"',
  parse: (text) => (isAbsolute(text) || text.startsWith('.') ? resolve(text) : text),
};

export const httpUrl: Parser<string> = {
  expected: 'an http or https address without user, query and fragment, such as https://msg.example',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    return isHttp(url) && plain ? url.href.replace(/\/+$/, '') : undefined;
  },
};

export const webOrigin: Parser<string> = {
  expected: 'an origin, such as https://app.example (no path, no trailing slash, no "*")',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    return isHttp(url) && url.origin === text ? text : undefined;
  },
};

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

export const addressRange: Parser<string> = {
  expected: 'an IP address or a range such as 10.0.0.0/8 or fd00::/8',
  parse: (text) => (ipaddr.isValid(text) || ipaddr.isValidCIDR(text) ? text : undefined),
};

export const postgresUrl: Parser<string> = {
  expected: 'a PostgreSQL address such as postgresql://user:password@host:5432/name',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, pathname } = new URL(text);
    const named = pathname.length > 1;
    return named && (protocol === 'postgres:' || protocol === 'postgresql:') ? text : undefined;
  },
};

export const smtpUrl: Parser<string> = {
  expected: 'an address such as smtps://user:password@mail.example or smtp://mail.example:587',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, hostname, pathname, search, hash } = new URL(text);
    const plain = (pathname === '' || pathname === '/') && search === '' && hash === '';
    return plain && hostname !== '' && (protocol === 'smtp:' || protocol === 'smtps:') ? text : undefined;
  },
};

/** A bare address, without a name and without anything that a header could take for more than one. */
export const mailAddress = matching(
  'an e-mail address such as no-reply@msg.example',
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/,
);

export const rateLimit: Parser<RateLimitRule> = {
  expected: `<count>/<seconds>, such as 20/60, with 1 to ${MAX_RATE_COUNT} attempts in 1 to ${MAX_RATE_SECONDS} seconds`,
  parse: (text) => {
    const [count, seconds, ...rest] = text.split('/');
    const rule = {
      count: integer(1, MAX_RATE_COUNT).parse(count ?? ''),
      seconds: integer(1, MAX_RATE_SECONDS).parse(seconds ?? ''),
    };
    if (rest.length > 0 || rule.count === undefined || rule.seconds === undefined) return undefined;
    return Object.freeze({ count: rule.count, seconds: rule.seconds });
  },
};
