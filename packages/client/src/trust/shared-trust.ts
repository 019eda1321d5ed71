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
  readonly decided: Readonly<Record<string, Decision>>;
  /** Roots whose safety number the user has compared, by hash: when, and which version was the newest then. */
  readonly verified: Readonly<Record<string, Decision>>;
  /** Statements that were seen and that the user has given up, because the server shows others since; by hash, the version. */
  readonly lost: Readonly<Record<string, Decision>>;
  /** What the user has decided about the person: `accepted` or `blocked`. Absent: a stranger. */
  readonly standing?: Decision;
  /** The day of their last message, counted from 1970: strangers who were met long ago give way first. */
  readonly met?: number;
}

/** Sorted sets, by version. */
export type HashSets = Readonly<Record<string, readonly string[]>>;

/** A choice, made at a time (Unix milliseconds); the later one counts. */
export interface Decision {
  readonly at: number;
  readonly value: string;
}

/** To whom a loginId leads. */
export interface SharedHandle {
  /** Every userId that a client has pinned for it, sorted. More than one is a conflict until the user has chosen. */
  readonly users: readonly string[];
  readonly chosen?: Decision;
}

export const EMPTY_USER: SharedUser = { seen: {}, first: {}, accepted: {}, decided: {}, verified: {}, lost: {} };

type Merge<T> = (a: T, b: T) => T;

export function mergeUsers(a: SharedUser, b: SharedUser): SharedUser {
  const standing = latest(a.standing, b.standing);
  const met = greatest(a.met, b.met);
  return {
    seen: mergeSets(a.seen, b.seen),
    first: mergeSets(a.first, b.first),
    accepted: mergeSets(a.accepted, b.accepted),
    decided: mergeMaps(a.decided, b.decided, later),
    verified: mergeMaps(a.verified, b.verified, later),
    lost: mergeMaps(a.lost, b.lost, later),
    ...(standing === undefined ? {} : { standing }),
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
export function timeAfter(now: number, earlier: readonly (Decision | undefined)[]): number {
  return Math.max(0, now, ...earlier.map((decision) => (decision === undefined ? 0 : decision.at + 1)));
}

export function later(a: Decision, b: Decision): Decision {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return a.value >= b.value ? a : b;
}

function latest(a: Decision | undefined, b: Decision | undefined): Decision | undefined {
  return a === undefined || b === undefined ? (a ?? b) : later(a, b);
}

export function greatest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
