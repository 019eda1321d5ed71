import type {
  Decision,
  HashSets,
  SharedContent,
  SharedHandle,
  SharedHead,
  SharedOpened,
  SharedRun,
  SharedStream,
  SharedUser,
} from './shared-content.js';

/** Ids of plain messages that are remembered for each sender and proof. */
export const PLAIN_REMEMBERED = 256;

type Merge<T> = (a: T, b: T) => T;

/**
 * What both know. Commutative, associative and idempotent, so that it does not matter in which order devices meet; what
 * contradicts each other stays side by side and is judged by people (contacts/knowledge.ts).
 */
export function mergeContents(a: SharedContent, b: SharedContent): SharedContent {
  const inboxAfter = Math.max(a.inboxAfter, b.inboxAfter);
  const opened = Object.entries(mergeMaps(a.opened, b.opened, greater));
  return {
    format: 1,
    suite: Math.max(a.suite, b.suite),
    users: mergeMaps(a.users, b.users, mergeUsers),
    handles: mergeMaps(a.handles, b.handles, mergeHandles),
    streams: mergeMaps(a.streams, b.streams, mergeStreams),
    plain: mergeMaps(a.plain, b.plain, (x, y) => union(x, y).slice(-PLAIN_REMEMBERED)),
    inboxAfter,
    opened: Object.fromEntries(opened.filter(([, entry]) => entry.sequence > inboxAfter)),
    notes: mergeMaps(a.notes, b.notes, later),
  };
}

export function mergeUsers(a: SharedUser, b: SharedUser): SharedUser {
  return {
    seen: mergeSets(a.seen, b.seen),
    first: mergeSets(a.first, b.first),
    accepted: mergeSets(a.accepted, b.accepted),
    decided: mergeMaps(a.decided, b.decided, later),
    verified: union(a.verified, b.verified),
  };
}

export function mergeHandles(a: SharedHandle, b: SharedHandle): SharedHandle {
  const users = union(a.users, b.users);
  const chosen = a.chosen === undefined || b.chosen === undefined ? (a.chosen ?? b.chosen) : later(a.chosen, b.chosen);
  return chosen === undefined ? { users } : { users, chosen };
}

/** A map with the keys of both, in order, so that equal contents are equal texts. */
function mergeMaps<T>(
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

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}

function later(a: Decision, b: Decision): Decision {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return a.value >= b.value ? a : b;
}

function greater(a: SharedOpened, b: SharedOpened): SharedOpened {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? a : b;
  return a.record >= b.record ? a : b;
}

function mergeStreams(a: SharedStream, b: SharedStream): SharedStream {
  return {
    recipients: newerRecipients(a, b),
    keyVersion: Math.max(a.keyVersion, b.keyVersion),
    head: mergeHeads(a.head, b.head),
    runs: joinRuns([...a.runs, ...b.runs]),
  };
}

/** Those of the newer head. */
function newerRecipients(a: SharedStream, b: SharedStream): readonly string[] {
  if (a.head.seq !== b.head.seq) return a.head.seq > b.head.seq ? a.recipients : b.recipients;
  return a.recipients.join() >= b.recipients.join() ? a.recipients : b.recipients;
}

function mergeHeads(a: SharedHead, b: SharedHead): SharedHead {
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b;
  return {
    seq: a.seq,
    hashes: union(a.hashes, b.hashes),
    resendHashes: union(a.resendHashes, b.resendHashes),
  };
}

/** What was received by anybody; of a run's beginning the predecessor is kept. */
function joinRuns(runs: readonly SharedRun[]): readonly SharedRun[] {
  const sorted = runs.toSorted((a, b) => a.first - b.first || (a.prevHash < b.prevHash ? -1 : 1));
  const joined: SharedRun[] = [];
  for (const run of sorted) {
    const before = joined.at(-1);
    if (before !== undefined && run.first <= before.last + 1) {
      joined[joined.length - 1] = { ...before, last: Math.max(before.last, run.last) };
    } else joined.push({ first: run.first, last: run.last, prevHash: run.prevHash });
  }
  return joined;
}
