/** JSON of the routes for messages. The rules of `wire.ts` hold here as well. */
import type { MessageSuite } from './suites.js';
import type { PageJson } from './wire.js';
import type { ErrorExtensions, ProblemJson } from './error-catalogue.js';

export interface RecipientJson {
  readonly userId: string;
  readonly keyVersion: number;
}

/** POST /v1/messages */
export interface SendRequestJson {
  readonly id: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly senderKeyVersion: number;
  readonly recipients: readonly RecipientJson[];
  readonly ciphertext: string;
  readonly nonce?: string;
  readonly expiresInSeconds?: number;
}

export interface DeliveryJson {
  readonly userId: string;
  /** Position in that recipient's mailbox, from 1. */
  readonly sequence: number;
}

export interface SendJson {
  readonly id: string;
  readonly receivedAt: number;
  readonly expiresAt?: number;
  /** In the order of the request's recipients. */
  readonly deliveries: readonly DeliveryJson[];
}

/** POST /v1/messages/batch */
export interface SendBatchRequestJson {
  /** 1 to 100. */
  readonly messages: readonly SendRequestJson[];
}

/** What became of one message of a batch: stored (201), stored before (200), or refused. */
export type SendResultJson =
  | { readonly status: 200 | 201; readonly message: SendJson }
  /** Pointers of the problem lead into the body of the batch, e.g. `/messages/3/id`. */
  | { readonly status: number; readonly problem: ProblemJson };

export interface SendBatchJson {
  /** In the order of the request's messages. */
  readonly results: readonly SendResultJson[];
}

/** Which keys of the sender's are too old (`keyVersion`), when the server accepted them, and since when they are. */
export type RotationDueJson = ErrorExtensions<'keys.rotation-due'>['rotation'];

/** One entry of the caller's mailbox. */
export interface MailboxEntryJson {
  readonly sequence: number;
  readonly id: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly senderId: string;
  readonly senderKeyVersion: number;
  /**
   * The sender's newest version when the entry was read; absent where that is `senderKeyVersion`. A hint: whoever has
   * pinned less looks the statements up before opening the message, for they may declare its keys compromised.
   */
  readonly senderNewestKeyVersion?: number;
  readonly recipients: readonly RecipientJson[];
  readonly ciphertext: string;
  readonly nonce?: string;
  readonly receivedAt: number;
  readonly expiresAt?: number;
}

/**
 * GET /v1/messages?after=&limit=: ascending by sequence. `next` is absent where no more entries are there yet: who waits for
 * more asks behind the last one.
 */
export interface InboxJson extends PageJson<MailboxEntryJson> {
  /** The newest sequence of the mailbox. One below a position that was read before: the server shows an older state. */
  readonly lastSequence: number;
  /** How far the user has acknowledged, on any device. */
  readonly acknowledgedUpTo: number;
}

/** POST /v1/messages/ack */
export interface AckRequestJson {
  readonly upTo: number;
}

export interface AckJson {
  readonly acknowledgedUpTo: number;
}

/** GET /v1/messages/stream, event `mailbox`: the first event of a stream. */
export interface StreamMailboxJson {
  /** The newest sequence of the mailbox, as in `InboxJson`. */
  readonly lastSequence: number;
  readonly acknowledgedUpTo: number;
}

/**
 * Why a server ends a stream. After each but `session-ended` a reader connects again with the id of the last event it
 * has, and misses nothing.
 */
export const STREAM_END_REASONS = ['token-expired', 'session-ended', 'slow-reader', 'shutdown', 'unavailable'] as const;

export type StreamEndReason = (typeof STREAM_END_REASONS)[number];

/** GET /v1/messages/stream, event `end`: the last event of a stream. */
export interface StreamEndJson {
  readonly reason: StreamEndReason;
}
