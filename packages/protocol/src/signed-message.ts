import { ByteReader, ByteWriter, compareBytes, fromUtf8, isZero, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { isContentType } from './identifiers.js';
import { encodeRcpt, readRcpt, type Rcpt } from './key-statement.js';
import { LENGTHS, LIMITS } from './limits.js';
import { uuidFromBytes, uuidToBytes } from './uuid.js';

const VERSION = 1;

/** Bytes that lp and B put before what they enclose, and of one head (section 1, section 8.2). */
const LP = 2;
const BLOB = 4;
const HEAD = LENGTHS.uuid + 8 + LENGTHS.hash;

/** The head of another stream that the sender had seen (section 8.5). */
export interface StreamHead {
  readonly streamId: string;
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** What the sender signs (section 8.2, TBS). */
export interface SignedMessage {
  readonly messageId: string;
  readonly conversationId: string;
  readonly sender: Rcpt;
  readonly streamId: string;
  /** From 1. */
  readonly seq: number;
  /** Hash of the stream's previous message; zeros at 1. */
  readonly prevHash: Uint8Array;
  /** Ascending by streamId, at most 16. */
  readonly dependencies: readonly StreamHead[];
  /** The sender's clock, Unix milliseconds. */
  readonly sentAt: number;
  /** Sorted bytewise, distinct userIds, 1 to 100. */
  readonly recipients: readonly Rcpt[];
  readonly commit: Uint8Array;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** TBS of section 8.2. Refuses unsorted recipients and dependencies rather than sorting them silently. */
export function encodeSignedMessage(message: SignedMessage): Uint8Array {
  checkSignedMessage(message);
  const writer = new ByteWriter()
    .raw(tag('msg/v1'))
    .u8(VERSION, 'version')
    .raw(uuidToBytes(message.messageId, 'messageId'))
    .raw(uuidToBytes(message.conversationId, 'conversationId'))
    .raw(encodeRcpt(message.sender))
    .raw(uuidToBytes(message.streamId, 'streamId'))
    .u64(message.seq, 'seq')
    .fixed(message.prevHash, LENGTHS.hash, 'prevHash')
    .u8(message.dependencies.length, 'dependencies');
  for (const head of message.dependencies) {
    writer.raw(uuidToBytes(head.streamId, 'dependencies')).u64(head.seq, 'dependencies');
    writer.fixed(head.hash, LENGTHS.hash, 'dependencies');
  }
  writer.u64(message.sentAt, 'sentAt').u8(message.recipients.length, 'recipients');
  for (const recipient of message.recipients) writer.raw(encodeRcpt(recipient));
  return writer
    .fixed(message.commit, LENGTHS.commit, 'commit')
    .lp(utf8(message.contentType), 'contentType')
    .blob(message.content, 'content')
    .finish();
}

/** The message of its TBS. Throws a ProtocolError at anything that an encoder would not have written. */
export function decodeSignedMessage(bytes: Uint8Array): SignedMessage {
  const reader = new ByteReader(bytes, 'message');
  reader.expectTag('msg/v1');
  if (reader.u8('version') !== VERSION) throw new ProtocolError('wrong-format', 'version');
  const message: SignedMessage = {
    messageId: uuidFromBytes(reader.fixed(LENGTHS.uuid, 'messageId'), 'messageId', 7),
    conversationId: uuidFromBytes(reader.fixed(LENGTHS.uuid, 'conversationId'), 'conversationId'),
    sender: readRcpt(reader, 'sender'),
    streamId: uuidFromBytes(reader.fixed(LENGTHS.uuid, 'streamId'), 'streamId'),
    seq: reader.u64('seq'),
    prevHash: reader.fixed(LENGTHS.hash, 'prevHash'),
    dependencies: Array.from({ length: reader.u8('dependencies') }, () => ({
      streamId: uuidFromBytes(reader.fixed(LENGTHS.uuid, 'dependencies'), 'dependencies'),
      seq: reader.u64('dependencies'),
      hash: reader.fixed(LENGTHS.hash, 'dependencies'),
    })),
    sentAt: reader.u64('sentAt'),
    recipients: Array.from({ length: reader.u8('recipients') }, () => readRcpt(reader, 'recipients')),
    commit: reader.fixed(LENGTHS.commit, 'commit'),
    contentType: fromUtf8(reader.lp('contentType'), 'contentType'),
    content: reader.blob('content'),
  };
  reader.end();
  checkSignedMessage(message);
  return message;
}

function checkSignedMessage(message: SignedMessage): void {
  if (message.seq < 1) throw new ProtocolError('out-of-range', 'seq');
  if ((message.seq === 1) !== isZero(message.prevHash)) throw new ProtocolError('out-of-range', 'prevHash');
  if (message.dependencies.length > LIMITS.dependencies) throw new ProtocolError('out-of-range', 'dependencies');
  checkSorted(
    message.dependencies.map((head) => uuidToBytes(head.streamId)),
    'dependencies',
  );
  const count = message.recipients.length;
  if (count < 1 || count > LIMITS.recipients) throw new ProtocolError('out-of-range', 'recipients');
  // By userId, which comes first in rcpt: this both sorts bytewise and keeps recipients distinct.
  checkSorted(
    message.recipients.map((recipient) => uuidToBytes(recipient.userId)),
    'recipients',
  );
  if (!isContentType(message.contentType)) throw new ProtocolError('malformed-text', 'contentType');
}

function checkSorted(keys: readonly Uint8Array[], field: string): void {
  for (const [index, key] of keys.entries()) {
    const previous = keys[index - 1];
    if (previous === undefined) continue;
    const order = compareBytes(previous, key);
    if (order >= 0) throw new ProtocolError(order === 0 ? 'duplicate' : 'not-sorted', field);
  }
}

/** PADME: `length` rounded up to a multiple of 2^(E−S), with E = ⌊log2 L⌋ and S = ⌊log2 E⌋ + 1. */
export function padmeLength(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0) throw new ProtocolError('out-of-range', 'length');
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(length / step) * step;
}

/**
 * Length of the padded plaintext of a message: that of signature ‖ B(TBS), in which content type, content and heads count
 * `paddingFloor` bytes at least, rounded up by PADME. So short contents, receipts and messages that name a head or two have
 * one length for one number of recipients.
 * @param tbs the message as it is signed
 */
export function innerLength(tbs: Uint8Array, { contentType, content, dependencies }: SignedMessage): number {
  const varying = LP + utf8(contentType).length + BLOB + content.length + dependencies.length * HEAD;
  return padmeLength(LENGTHS.signature + BLOB + tbs.length + Math.max(0, LIMITS.paddingFloor - varying));
}

/** inner = signature ‖ B(TBS), zero-padded. @param message that of which `tbs` is the encoding */
export function encodeInner(signature: Uint8Array, tbs: Uint8Array, message: SignedMessage): Uint8Array {
  const content = new ByteWriter().fixed(signature, LENGTHS.signature, 'signature').blob(tbs, 'message').finish();
  const padded = new Uint8Array(innerLength(tbs, message));
  padded.set(content);
  return padded;
}

/** What is in the padded plaintext. */
export interface Inner {
  readonly signature: Uint8Array;
  /** The bytes that are signed, and what they say. */
  readonly tbs: Uint8Array;
  readonly message: SignedMessage;
}

/** Takes inner apart; refuses (`wrong-format` of field `padding`) padding of another length or with a bit set. */
export function decodeInner(inner: Uint8Array): Inner {
  const reader = new ByteReader(inner, 'inner');
  const signature = reader.fixed(LENGTHS.signature, 'signature');
  const tbs = reader.blob('message');
  const message = decodeSignedMessage(tbs);
  if (inner.length !== innerLength(tbs, message) || !isZero(reader.fixed(reader.remaining, 'padding'))) {
    throw new ProtocolError('wrong-format', 'padding');
  }
  return { signature, tbs, message };
}
