import { ByteWriter, MESSAGE_SUITES, type MessageSuite, tag, uuidToBytes } from '@sealpost/protocol';

/** A party of a message and the key version that the sender used for it. */
export interface Recipient {
  readonly userId: string;
  readonly keyVersion: number;
}

/** A recipient and the position of the message in that recipient's mailbox. */
export interface DeliveredRecipient extends Recipient {
  readonly sequence: number;
  /** The recipient has blocked the sender: the sequence is theirs, and leads to nothing. */
  readonly withheld?: true;
}

/** What a sender states: everything that makes two messages the same or not. */
export interface OutgoingMessage {
  readonly id: string;
  readonly senderId: string;
  readonly senderKeyVersion: number;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly recipients: readonly Recipient[];
  readonly ciphertext: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly expiresInSeconds?: number;
}

/** A message with what the server adds to it. Times are Unix milliseconds. */
export interface AcceptedMessage extends OutgoingMessage {
  readonly recipients: readonly DeliveredRecipient[];
  readonly contentHash: Uint8Array;
  readonly receivedAt: number;
  readonly expiresAt?: number;
}

/** What the sender is told, now and at each repetition. */
export interface Receipt {
  readonly receivedAt: number;
  readonly expiresAt?: number;
  /** Position in each recipient's mailbox, in the order of the request's recipients. */
  readonly deliveries: readonly { readonly userId: string; readonly sequence: number }[];
}

/** One message as it lies in a mailbox. */
export interface MailboxEntry {
  readonly sequence: number;
  readonly id: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly senderId: string;
  readonly senderKeyVersion: number;
  /** The sender's newest key version at the time of the reading, only where it is above `senderKeyVersion`. */
  readonly senderNewestKeyVersion?: number;
  readonly recipients: readonly Recipient[];
  readonly ciphertext: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly receivedAt: number;
  readonly expiresAt?: number;
}

/** How long a sender's repetition gets the same answer at least, also after the message is gone. */
export const REPEAT_WINDOW_MS = 48 * 60 * 60 * 1000;

const SUITE_NUMBERS: Readonly<Record<MessageSuite, number>> = { 'sealpost-v1': 1, box: 2, 'sealed-box': 3 };

/** The number of a suite in the database. */
export function suiteNumber(suite: MessageSuite): number {
  return SUITE_NUMBERS[suite];
}

export function suiteOf(number: number): MessageSuite {
  const suite = MESSAGE_SUITES.find((candidate) => SUITE_NUMBERS[candidate] === number);
  if (suite === undefined) throw new Error(`The database holds a message of the unknown suite ${number}`);
  return suite;
}

/**
 * Half of a SHA-256 tells a repetition from another message of the same sender with the same id. Nobody but that sender
 * could look for two messages that share it, and would only keep the second of them from being sent.
 */
const CONTENT_HASH_BYTES = 16;

/** @returns 16 bytes, which depend on everything that the sender states */
export function contentHashOf(message: OutgoingMessage, sha256: (data: Uint8Array) => Uint8Array): Uint8Array {
  return sha256(statedBytes(message)).subarray(0, CONTENT_HASH_BYTES);
}

function statedBytes(message: OutgoingMessage): Uint8Array {
  const writer = new ByteWriter()
    .raw(tag('stated/v1'))
    .raw(uuidToBytes(message.id, 'id'))
    .raw(uuidToBytes(message.conversationId, 'conversationId'))
    .u8(suiteNumber(message.suite), 'suite')
    .u32(message.senderKeyVersion, 'senderKeyVersion')
    .u16(message.recipients.length, 'recipients');
  for (const recipient of message.recipients) {
    writer.raw(uuidToBytes(recipient.userId, 'recipients')).u32(recipient.keyVersion, 'recipients');
  }
  return writer
    .blob(message.ciphertext, 'ciphertext')
    .lp(message.nonce ?? new Uint8Array(0), 'nonce')
    .u64(message.expiresInSeconds ?? 0, 'expiresInSeconds')
    .finish();
}
