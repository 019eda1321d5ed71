import {
  ByteReader,
  ByteWriter,
  encodeBase64Url,
  LENGTHS,
  requireBase64Url,
  uuidFromBytes,
  uuidToBytes,
} from '@sealpost/protocol';
import { EMPTY_USER, type HashSets, type SharedUser } from '../trust/shared-trust.js';

type Users = Readonly<Record<string, SharedUser>>;

/** What a packed user has; a bit each. */
const HAS = { seen: 1, first: 2, firstIsSeen: 4, trust: 8, met: 16 } as const;
/** The last day that two bytes hold, in the year 2149. */
const LAST_DAY = 0xffff;
const TRUST_STATES = ['accepted', 'blocked'];

interface Pin {
  readonly version: number;
  readonly hash: string;
}

/** A user of whom there is nothing but one pin, one first root and a trust: nearly everybody. */
interface PlainUser extends Pick<SharedUser, 'trust' | 'met'> {
  readonly seen?: Pin;
  readonly first?: Pin;
}

/**
 * Splits users into those that fit into the packed form, of 17 to 100 bytes each (55 for somebody who wrote once), and
 * those of whom there is more to say.
 */
export function packUsers(users: Users): { readonly packed: Uint8Array; readonly others: Users } {
  const writer = new ByteWriter();
  const others: Record<string, SharedUser> = {};
  for (const [userId, user] of Object.entries(users)) {
    const plain = plainOf(user);
    if (plain === null) others[userId] = user;
    else writePlain(writer.raw(uuidToBytes(userId, 'userId')), plain);
  }
  return { packed: writer.finish(), others };
}

/** @throws ProtocolError */
export function unpackUsers(packed: Uint8Array): Users {
  const reader = new ByteReader(packed, 'users');
  const users: Record<string, SharedUser> = {};
  while (reader.remaining > 0) {
    users[uuidFromBytes(reader.fixed(LENGTHS.uuid, 'userId'), 'userId', 7)] = readPlain(reader);
  }
  return users;
}

function plainOf({ seen, first, accepted, decided, verified, lost, trust, met }: SharedUser): PlainUser | null {
  const [seenPin, firstPin] = [pinIn(seen), pinIn(first)];
  const isPlain = seenPin !== null && firstPin !== null && isTrustState(trust?.value);
  // The clock of the device that noted it may have been off by a century.
  if ((met ?? 0) > LAST_DAY) return null;
  if (!isPlain || [accepted, decided, verified, lost].some((map) => Object.keys(map).length > 0)) return null;
  return {
    ...(seenPin === undefined ? {} : { seen: seenPin }),
    ...(firstPin === undefined ? {} : { first: firstPin }),
    ...(trust === undefined ? {} : { trust }),
    ...(met === undefined ? {} : { met }),
  };
}

function isTrustState(value: string | undefined): boolean {
  return value === undefined || TRUST_STATES.includes(value);
}

/** undefined: there is none; null: there are several. */
function pinIn(sets: HashSets): Pin | undefined | null {
  const [one, ...others] = Object.entries(sets);
  if (one === undefined) return undefined;
  const [version, [hash, ...more]] = one;
  return hash === undefined || others.length + more.length > 0 ? null : { version: Number(version), hash };
}

function writePlain(writer: ByteWriter, { seen, first, trust, met }: PlainUser): void {
  const firstIsSeen = first !== undefined && first.version === seen?.version && first.hash === seen.hash;
  const flags =
    (seen === undefined ? 0 : HAS.seen) |
    (first === undefined || firstIsSeen ? 0 : HAS.first) |
    (firstIsSeen ? HAS.firstIsSeen : 0) |
    (trust === undefined ? 0 : HAS.trust) |
    (met === undefined ? 0 : HAS.met);
  writer.u8(flags, 'flags');
  if (seen !== undefined) writePin(writer, seen);
  if (first !== undefined && !firstIsSeen) writePin(writer, first);
  if (trust !== undefined) writer.u8(TRUST_STATES.indexOf(trust.value), 'trust').u64(trust.at, 'trust');
  if (met !== undefined) writer.u16(met, 'met');
}

function readPlain(reader: ByteReader): SharedUser {
  const flags = reader.u8('flags');
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const seen = has(HAS.seen) ? readPin(reader) : {};
  const first = has(HAS.first) ? readPin(reader) : has(HAS.firstIsSeen) ? seen : {};
  const value = has(HAS.trust) ? TRUST_STATES[reader.u8('trust')] : undefined;
  const trust = value === undefined ? {} : { trust: { at: reader.u64('trust'), value } };
  const met = has(HAS.met) ? { met: reader.u16('met') } : {};
  return { ...EMPTY_USER, seen, first, ...trust, ...met };
}

function writePin(writer: ByteWriter, { version, hash }: Pin): void {
  writer.u32(version, 'version').raw(hashBytes(hash));
}

function readPin(reader: ByteReader): HashSets {
  const version = reader.u32('version');
  return { [version]: [readHash(reader)] };
}

function hashBytes(hash: string): Uint8Array {
  return requireBase64Url(hash, 'hash', LENGTHS.hash);
}

function readHash(reader: ByteReader): string {
  return encodeBase64Url(reader.fixed(LENGTHS.hash, 'hash'));
}
