import {
  greatest,
  later,
  mergeHandles,
  mergeMaps,
  mergeUsers,
  union,
  type Choice,
  type SharedHandle,
  type SharedUser,
} from '../trust/shared-trust.js';

/**
 * What the clients of one account tell each other (protocol section 6, client state): plain JSON, made so that any two of
 * them can be merged in any order; on its way it is packed (shared-shape.ts). Hashes are base64url.
 */
export interface SharedContent {
  readonly format: 2;
  /** The highest password suite that was seen for the account; 0 where none was. */
  readonly suite: number;
  /** By userId. */
  readonly users: Readonly<Record<string, SharedUser>>;
  /** By loginId. */
  readonly handles: Readonly<Record<string, SharedHandle>>;
  /** By streamId/senderId/conversationId. */
  readonly streams: Readonly<Record<string, SharedStream>>;
  /** Ids of accepted messages of the plain suites, the greatest ones, by userId/proof of the sender. */
  readonly plain: Readonly<Record<string, readonly string[]>>;
  /** Where the inbox goes on, if programs share it (service accounts); otherwise 0. */
  readonly inboxAfter: number;
  /** Entries behind `inboxAfter` that were opened and are not done with yet, by the key under which a client keeps them. */
  readonly opened: Readonly<Record<string, SharedOpened>>;
  /** Whatever else is to be known everywhere; of two the later one counts. The escrow list is here (escrow-notes.ts). */
  readonly notes: Readonly<Record<string, Choice>>;
  /** Pins of strangers have given way (room.ts), up to those that were met on this day, counted from 1970. */
  readonly gaveWay?: number;
}

export interface SharedStream {
  readonly recipients: readonly string[];
  readonly keyVersion: number;
  readonly head: SharedHead;
  /** Which messages have been received, ascending, with a gap between any two. */
  readonly runs: readonly SharedRun[];
}

/** The newest message of a stream; more hashes than one are those of resends, or of a fork. */
export interface SharedHead {
  readonly seq: number;
  readonly hashes: readonly string[];
  readonly resendHashes: readonly string[];
}

export interface SharedRun {
  readonly first: number;
  readonly last: number;
  readonly prevHash: string;
}

export interface SharedOpened {
  readonly sequence: number;
  /** JSON of what the client keeps of it. */
  readonly record: string;
}

export const EMPTY_CONTENT: SharedContent = {
  format: 2,
  suite: 0,
  users: {},
  handles: {},
  streams: {},
  plain: {},
  inboxAfter: 0,
  opened: {},
  notes: {},
};

/** Ids of plain messages that are remembered for each sender and proof. */
export const PLAIN_REMEMBERED = 256;

/**
 * What both know. Commutative, associative and idempotent, so that it does not matter in which order devices meet; what
 * contradicts each other stays side by side and is judged by people (trust/shared-trust.ts).
 */
export function mergeContents(a: SharedContent, b: SharedContent): SharedContent {
  const inboxAfter = Math.max(a.inboxAfter, b.inboxAfter);
  const opened = Object.entries(mergeMaps(a.opened, b.opened, greater));
  const gaveWay = greatest(a.gaveWay, b.gaveWay);
  return {
    format: 2,
    suite: Math.max(a.suite, b.suite),
    users: mergeMaps(a.users, b.users, mergeUsers),
    handles: mergeMaps(a.handles, b.handles, mergeHandles),
    streams: mergeMaps(a.streams, b.streams, mergeStreams),
    plain: mergeMaps(a.plain, b.plain, (x, y) => union(x, y).slice(-PLAIN_REMEMBERED)),
    inboxAfter,
    opened: Object.fromEntries(opened.filter(([, entry]) => entry.sequence > inboxAfter)),
    notes: mergeMaps(a.notes, b.notes, later),
    ...(gaveWay === undefined ? {} : { gaveWay }),
  };
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

/** The recipients of the newer head. */
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
