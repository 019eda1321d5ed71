/**
 * What the clients of one account tell each other (protocol section 6, client state): plain JSON, made so that any two of
 * them can be merged in any order (merge.ts). Hashes are base64url; maps by version have its decimal digits as keys.
 */
export interface SharedContent {
  readonly format: 1;
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
  /** Only where programs take turns at one inbox (service accounts): where it goes on. 0 otherwise. */
  readonly inboxAfter: number;
  /** With it: entries behind that place that were opened and not taken yet, by the key under which a client keeps them. */
  readonly opened: Readonly<Record<string, SharedOpened>>;
  /** Whatever else is to be known everywhere; of two the later one counts. The escrow list is here (escrow-notes.ts). */
  readonly notes: Readonly<Record<string, Decision>>;
}

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
  /** Hashes of roots whose safety number the user has compared. */
  readonly verified: readonly string[];
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
  format: 1,
  suite: 0,
  users: {},
  handles: {},
  streams: {},
  plain: {},
  inboxAfter: 0,
  opened: {},
  notes: {},
};

export const EMPTY_USER: SharedUser = { seen: {}, first: {}, accepted: {}, decided: {}, verified: [] };
