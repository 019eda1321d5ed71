import type { MessageSuite } from '@sealpost/protocol';
import type { TrustState } from '../contacts/trust-states.js';
import type { SealpostError } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import type { StreamEvent } from '../envelope/stream-events.js';
import type { OpenedMessage } from '../envelope/types.js';
import type { ReceiptKind } from '../envelope/receipt-content.js';

/** One entry of the mailbox. Every entry comes out as one of the three kinds; none is left out. */
export type InboxEntry = InboxMessage | InboxReceipt | RefusedEntry;

/** How far the user is done with an entry. */
export interface DoneOptions extends CallOptions {
  /**
   * True: the user's other devices are told that everything up to this entry was read. A server that deletes what was
   * acknowledged does so some time later; where programs share the inbox, its position is shared before.
   */
  readonly acknowledge?: boolean;
  /** True: the message is deleted from the user's mailbox, for all of their devices. Others keep theirs. */
  readonly delete?: boolean;
}

export interface EntryBase {
  /** Position in the mailbox. */
  readonly sequence: number;
  /**
   * Says that this device is done with the entry: the inbox goes on behind it, also after a restart. Asking for the next
   * entry says the same. The options say it to the user's other devices, and to the server.
   * @throws ApiError, NetworkError, ClientError; this device is done with the entry then, and the rest can be said again
   */
  readonly done: (options?: DoneOptions) => Promise<void>;
}

/** The sender of a message, as far as the suite proves who it is (`senderProof`). */
export interface MessageSender {
  readonly userId: string;
  /** Signed by the sender's own keys; absent where the server does not tell it, or it is known as somebody else's. */
  readonly loginId?: string;
  readonly keyVersion: number;
  /** True where the safety number was compared. */
  readonly verified: boolean;
  /** What still comes of somebody `blocked` was under way before, or the server does not obey. */
  readonly trust: TrustState;
}

/** A message that was decrypted and passed every check. */
export interface InboxMessage extends EntryBase {
  readonly kind: 'message';
  readonly messageId: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  /**
   * What proves the sender: a `signature`; a `shared-key` (whoever steals the recipient's key can write to them as
   * anybody); or `none`, where the sender is only claimed.
   */
  readonly senderProof: OpenedMessage['senderProof'];
  readonly sender: MessageSender;
  /** userIds. */
  readonly recipients: readonly string[];
  /** A copy of a message that this user sent. */
  readonly own: boolean;
  /**
   * From a stranger: somebody whom the user has neither written to, nor accepted (`contacts.accept`), nor verified. Ask the
   * user before it is shown like other messages. No receipt goes to its sender.
   */
  readonly request?: true;
  /** The sender's clock, Unix milliseconds; suite `sealpost-v1` only. */
  readonly sentAt?: number;
  /** The server's clock. */
  readonly receivedAt: number;
  readonly expiresAt?: number;
  readonly contentType: string;
  readonly content: Uint8Array;
  /** The content of a `text/…` message; absent where it is not text, or not UTF-8. */
  readonly text?: string;
  /** What has to be shown beside the message (protocol section 8.5). */
  readonly events: readonly StreamEvent[];
}

/** Somebody says that messages of this user's have arrived, or were read. It passed every check that a message passes. */
export interface InboxReceipt extends EntryBase {
  readonly kind: 'receipt';
  readonly receipt: ReceiptKind;
  /** Messages of this user's that went to the sender of the receipt. Of an own receipt: those that it acknowledges. */
  readonly messageIds: readonly string[];
  /**
   * Messages that the receipt names too, and of which this client does not know that they went to its sender: sent long
   * ago, or by a device whose copies this one has not read; or never. Not to be shown as delivered.
   */
  readonly unknownMessageIds: readonly string[];
  readonly sender: MessageSender;
  /** A copy of a receipt that another device of this user's, or this one, has sent to `recipients`. */
  readonly own: boolean;
  /** userIds. */
  readonly recipients: readonly string[];
  /** The id of the message that carries the receipt. */
  readonly messageId: string;
  readonly conversationId: string;
  /** The sender's clock, Unix milliseconds: when the receipt was sealed, a moment after what it tells. */
  readonly sentAt: number;
  /** The server's clock. */
  readonly receivedAt: number;
  readonly events: readonly StreamEvent[];
}

/** An entry that must not be shown as anybody's message. The ones behind it are not held up. */
export interface RefusedEntry extends EntryBase {
  readonly kind: 'refused';
  /**
   * Why: a MessageRefused; a ContactWarning, after whose acceptance `inbox({ after: sequence - 1 })` reads the entry
   * again; a KeysRefused; an ApiError; or a ClientError, e.g. for an entry whose form is wrong.
   */
  readonly error: SealpostError;
  /** What the server says about the entry, unproven; absent where even that could not be read. */
  readonly claimed?: { readonly messageId: string; readonly conversationId: string; readonly senderId: string };
}
