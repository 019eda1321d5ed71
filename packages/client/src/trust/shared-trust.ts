import { encodeBase64Url, type VerifiedStatement } from '@sealpost/protocol';
import { newestOf, rootOf, statementAt, type KeyChain, type PinConflict } from './chain.js';
import { KeysRefused } from './contact-errors.js';

/**
 * What the clients of one account tell each other of somebody's keys and names (protocol section 6, client state). Any two
 * can be merged, in any order. Hashes are base64url; maps by version have its decimal digits as keys.
 */

/** What is known of the keys of one user. */
export interface SharedUser {
  /** Hashes of statements that a client has pinned, by version: every chain must contain them. */
  readonly seen: HashSets;
  /** Roots that were trusted because nothing was known before. */
  readonly first: HashSets;
  /** Roots that the user has accepted after a warning. */
  readonly accepted: HashSets;
  /** Which of several hashes of one version the user has decided for. */
  readonly decided: Readonly<Record<string, Choice>>;
  /** Roots whose safety number the user has compared, by hash: when, and which version was the newest then. */
  readonly verified: Readonly<Record<string, Choice>>;
  /** Statements that were seen and that the user has given up, because the server shows others since; by hash, the version. */
  readonly lost: Readonly<Record<string, Choice>>;
  /** What the user has decided about the person: `accepted` or `blocked`. Absent: a stranger. */
  readonly trust?: Choice;
  /** The day of their last message, counted from 1970: strangers who were met long ago give way first. */
  readonly met?: number;
}

/** Sorted sets, by version. */
export type HashSets = Readonly<Record<string, readonly string[]>>;

/** A choice, made at a time (Unix milliseconds); the later one counts. */
export interface Choice {
  readonly at: number;
  readonly value: string;
}

/** To whom a loginId leads. */
export interface SharedHandle {
  /** Every userId that a client has pinned for it, sorted. More than one is a conflict until the user has chosen. */
  readonly users: readonly string[];
  readonly chosen?: Choice;
}

export const EMPTY_USER: SharedUser = { seen: {}, first: {}, accepted: {}, decided: {}, verified: {}, lost: {} };

type Merge<T> = (a: T, b: T) => T;

export function mergeUsers(a: SharedUser, b: SharedUser): SharedUser {
  const trust = latest(a.trust, b.trust);
  const met = greatest(a.met, b.met);
  return {
    seen: mergeSets(a.seen, b.seen),
    first: mergeSets(a.first, b.first),
    accepted: mergeSets(a.accepted, b.accepted),
    decided: mergeMaps(a.decided, b.decided, later),
    verified: mergeMaps(a.verified, b.verified, later),
    lost: mergeMaps(a.lost, b.lost, later),
    ...(trust === undefined ? {} : { trust }),
    ...(met === undefined ? {} : { met }),
  };
}

export function mergeHandles(a: SharedHandle, b: SharedHandle): SharedHandle {
  const users = union(a.users, b.users);
  const chosen = latest(a.chosen, b.chosen);
  return chosen === undefined ? { users } : { users, chosen };
}

/** A map with the keys of both, in order, so that equal contents are equal texts. */
export function mergeMaps<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  merge: Merge<T>,
): Readonly<Record<string, T>> {
  const entries = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const own = entries.get(key);
    entries.set(key, merge(own ?? value, value));
  }
  return Object.fromEntries([...entries].sort(([x], [y]) => (x < y ? -1 : 1)));
}

function mergeSets(a: HashSets, b: HashSets): HashSets {
  return mergeMaps(a, b, union);
}

export function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

/**
 * When a decision is made, so that it counts over those that it is to replace: the clock of this device, or of the one that
 * made them, may be wrong. Never before 1970, for which there is no form.
 * @param now Unix milliseconds
 */
export function timeAfter(now: number, earlier: readonly (Choice | undefined)[]): number {
  return Math.max(0, now, ...earlier.map((decision) => (decision === undefined ? 0 : decision.at + 1)));
}

export function later(a: Choice, b: Choice): Choice {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return a.value >= b.value ? a : b;
}

function latest(a: Choice | undefined, b: Choice | undefined): Choice | undefined {
  return a === undefined || b === undefined ? (a ?? b) : later(a, b);
}

export function greatest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

// Held against a chain that this client has verified: two clients that have seen different keys of one version were shown
// different ones, by the server or by whoever holds the keys.

/** The first version of which a client has seen another statement, or for which the user has decided against this one. */
export function conflictOf(chain: KeyChain, known: SharedUser): PinConflict | null {
  for (const version of versionsOf(known)) {
    const own = hashAt(chain, version);
    if (own === null) continue;
    const others = hashesThatCount(known, version).filter((hash) => hash !== own);
    const decided = known.decided[version] !== undefined || known.lost[own] !== undefined;
    if (others.length > 0) return { version, hash: own, others, decided };
  }
  return null;
}

/** The versions of a chain that others contradict. */
function contradictedVersions(chain: KeyChain, known: SharedUser): readonly number[] {
  return versionsOf(known).filter((version) => {
    const own = hashAt(chain, version);
    return own !== null && (known.seen[version] ?? []).some((hash) => hash !== own && known.lost[hash] === undefined);
  });
}

/** The newest version that any client has seen, and that was not given up since; 0 where there is none. */
export function newestSeen(known: SharedUser): number {
  return Math.max(0, ...versionsOf(known).filter((version) => hashesThatCount(known, version).length > 0));
}

/** Which statements of a version count: the one that the user has decided for, or all that were seen and not given up. */
export function hashesThatCount(known: SharedUser, version: number): readonly string[] {
  const decided = known.decided[version]?.value;
  const hashes = decided === undefined ? (known.seen[version] ?? []) : [decided];
  return hashes.filter((hash) => known.lost[hash] === undefined);
}

/**
 * What is known of a chain and is not in the one that the server shows in its place: hashes, with their versions.
 * @param pinned by this client; null where it has none
 */
export function missingFrom(shown: KeyChain, pinned: KeyChain | null, known: SharedUser): ReadonlyMap<string, number> {
  const missing = new Map<string, number>();
  const look = (hash: string, version: number): void => {
    if (hashAt(shown, version) !== hash) missing.set(hash, version);
  };
  for (const { keysHash, version } of pinned?.statements ?? []) look(encodeBase64Url(keysHash), version);
  for (const version of versionsOf(known)) for (const hash of hashesThatCount(known, version)) look(hash, version);
  return missing;
}

/**
 * The chain as it is to be judged with what others know. A root that one client has trusted at first sight does not count
 * as accepted where another has known the user longer: the user is asked then.
 */
export function withSharedTrust(chain: KeyChain, known: SharedUser): KeyChain {
  const { serviceId, userId, statements } = chain;
  const conflict = conflictOf(chain, known);
  const acceptedRoot = Math.max(...matching(chain, known.accepted)) || firstRoot(chain, known);
  return { serviceId, userId, statements, acceptedRoot, ...(conflict === null ? {} : { conflict }) };
}

function firstRoot(chain: KeyChain, known: SharedUser): number {
  const trusted = matching(chain, known.first).filter((version) => version > 0);
  return trusted.length === 0 ? chain.acceptedRoot : Math.min(...trusted);
}

/** Refuses a chain at first sight that no client of the user's vouches for, though one knows the user. */
export function requireKnown(chain: KeyChain, known: SharedUser): KeyChain {
  const { userId } = chain;
  const newest = chain.statements.length;
  if (newestSeen(known) > newest) throw new KeysRefused('contact.rollback', userId, { version: newest });
  for (const version of versionsOf(known)) {
    const allowed = hashesThatCount(known, version);
    if (allowed.length > 0 && !allowed.includes(hashAt(chain, version) ?? ''))
      throw new KeysRefused('contact.fork', userId, { version });
  }
  return withSharedTrust(chain, known);
}

/** What a pinned chain tells other clients. */
export function sharedTrustOf(chain: KeyChain, known: SharedUser): SharedUser {
  const newest = chain.statements.length;
  const root = hashAt(chain, chain.acceptedRoot);
  const isFirst = root !== null && known.accepted[chain.acceptedRoot]?.includes(root) !== true;
  return {
    ...EMPTY_USER,
    seen: { [newest]: [hashAt(chain, newest) ?? ''] },
    first: isFirst ? { [chain.acceptedRoot]: [root] } : {},
  };
}

/** Without the older pins that the newest one of the same chain says already: each names the hash of the one before. */
export function compactSharedTrust(chain: KeyChain, known: SharedUser): SharedUser {
  const newest = chain.statements.length;
  if (conflictOf(chain, known) !== null) return known;
  const seen = Object.entries(known.seen).filter(([version, hashes]) => Number(version) >= newest || hashes.length > 1);
  return { ...known, seen: Object.fromEntries(seen) };
}

/** What the user says by accepting a root. */
export function consentTo({ version, keysHash }: VerifiedStatement): Partial<SharedUser> {
  return { accepted: { [version]: [encodeBase64Url(keysHash)] } };
}

/** What the user says by deciding for a chain that others contradict. @param now Unix milliseconds */
export function choiceOf(chain: KeyChain, known: SharedUser, now: number): Partial<SharedUser> {
  const decisions = contradictedVersions(chain, known).map((version) => {
    return [version, { at: timeAfter(now, [known.decided[version]]), value: hashAt(chain, version) ?? '' }] as const;
  });
  return { decided: Object.fromEntries(decisions) };
}

/** What the user says by comparing the safety number of a chain. @param now Unix milliseconds */
export function markOf(chain: KeyChain, known: SharedUser, now: number): Partial<SharedUser> {
  const root = encodeBase64Url(rootOf(chain).keysHash);
  const at = timeAfter(now, [known.verified[root], ...Object.values(known.lost)]);
  return { verified: { [root]: { at, value: String(newestOf(chain).version) } } };
}

/**
 * The version that was the newest when the user compared the safety number; null where the mark is of another root, or was
 * made before keys of this user were given up.
 */
export function verifiedVersion(chain: KeyChain, known: SharedUser | null): number | null {
  const mark = known?.verified[encodeBase64Url(rootOf(chain).keysHash)];
  if (known === null || mark === undefined) return null;
  return Object.values(known.lost).some(({ at }) => at >= mark.at) ? null : Number(mark.value);
}

function hashAt(chain: KeyChain, version: number): string | null {
  const statement = statementAt(chain, version);
  return statement === undefined ? null : encodeBase64Url(statement.keysHash);
}

function versionsOf({ seen, decided }: SharedUser): readonly number[] {
  return [...new Set([...Object.keys(seen), ...Object.keys(decided)].map(Number))].sort((a, b) => a - b);
}

/** Versions of the chain whose hash is among these; 0 stands for none. */
function matching(chain: KeyChain, hashes: HashSets): readonly number[] {
  const versions = Object.entries(hashes).filter(([version, list]) =>
    list.includes(hashAt(chain, Number(version)) ?? ''),
  );
  return [0, ...versions.map(([version]) => Number(version))];
}
