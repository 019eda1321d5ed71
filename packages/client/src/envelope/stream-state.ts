import type { OpenedMessage } from './types.js';

/**
 * What a client remembers of messages (sections 8.4 and 8.5): plain JSON, never changed in place, so that a store can
 * see by identity which streams have changed. Bounds are in STREAM_LIMITS, and counted per sender, so that nobody can
 * push out what is remembered of somebody else.
 */
export interface StreamsState {
  /** Counts everything remembered, for the order in which it is forgotten. */
  readonly clock: number;
  /** By streamKey() of stream-record.ts: nobody can take a streamId away from somebody else. Received and own ones. */
  readonly streams: Readonly<Record<string, StreamRecord>>;
  /** Messages that streams' messages have named and that had not arrived, by the userId of who named them. */
  readonly awaited: Readonly<Record<string, readonly AwaitedMessage[]>>;
  /** Ids of the newest messages accepted, oldest first, by the sender's userId and how the sender is proven. */
  readonly accepted: Readonly<Record<string, Readonly<Partial<Record<SenderProof, readonly string[]>>>>>;
}

export type SenderProof = OpenedMessage['senderProof'];

/** What is known of one stream. Hashes are base64url. */
export interface StreamRecord {
  readonly senderId: string;
  readonly conversationId: string;
  /** userIds, sorted. */
  readonly recipients: readonly string[];
  /** Value of the state's clock when it last advanced. */
  readonly touched: number;
  /** The sender's key version at the newest message received; 0 before the first. */
  readonly keyVersion: number;
  /** Which messages have been received, ascending, with a gap between any two. */
  readonly runs: readonly Run[];
  /** The newest received messages, ascending by seq. */
  readonly recent: readonly KnownMessage[];
  /** Highest seq that an own message has named as a dependency. */
  readonly cited: number;
  /** Present for a stream that this installation writes. */
  readonly own?: OwnStream;
}

/** Messages of a stream received without a gap. */
export interface Run {
  readonly first: number;
  readonly last: number;
  /** What the first one names as its predecessor. */
  readonly prevHash: string;
}

/** One message of a stream. */
export interface KnownMessage {
  readonly seq: number;
  /** The hashes of the message, its resends and its forks: the next message may follow any of them. */
  readonly hashes: readonly string[];
  readonly resendHash: string;
}

/** A message named by somebody as seen. */
export interface AwaitedMessage {
  readonly conversationId: string;
  readonly streamId: string;
  /** Known where another device of this user's has named it: then it is that sender's stream and nobody else's. */
  readonly senderId?: string;
  readonly seq: number;
  readonly hash: string;
}

/** The writing side of a stream. */
export interface OwnStream {
  /** The newest messages sent, ascending by seq. The last one is what the next one follows. */
  readonly sent: readonly KnownMessage[];
  /** A message that was sealed and whose fate is not known yet. While there is one, the stream is not used. */
  readonly pending?: PendingMessage;
  /** Never written again: somebody else has written to it, such as a copy of this installation. */
  readonly retired?: true;
}

/** A message on its way, with the heads of other streams that it names. */
export interface PendingMessage extends KnownMessage {
  readonly cites: readonly Citation[];
}

/** The head of another stream that an own message names. */
export interface Citation {
  /** streamKey() of the stream. */
  readonly key: string;
  readonly seq: number;
}

export const STREAM_LIMITS = {
  /** Streams remembered of one sender; the one that has been silent longest is forgotten. */
  streamsPerSender: 256,
  /** Messages of one stream whose hashes are remembered. A fork further back shows as a replay. */
  recentPerStream: 32,
  /** Gaps remembered in one stream; messages of the oldest gap are then refused as replays should they still come. */
  runsPerStream: 64,
  /** Named messages that have not arrived, per sender who named them. */
  awaitedPerSender: 64,
  /** Hashes remembered of one message: its resends and forks. */
  hashesPerMessage: 8,
  /** Message ids per sender and proof. Beyond, messages of streams are still known by their seq; those of plain suites are not. */
  acceptedPerSender: 1024,
} as const;

export const EMPTY_STREAMS: StreamsState = { clock: 0, streams: {}, awaited: {}, accepted: {} };
