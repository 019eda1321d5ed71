import { ByteReader, ByteWriter, fromUtf8, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { isContentType } from './identifiers.js';
import { encodeRcpt, readRcpt, type Rcpt } from './key-statement.js';
import { LENGTHS } from './limits.js';
import type { MessageSuite } from './suites.js';
import { uuidFromBytes, uuidToBytes } from './uuid.js';

export type BoxSuite = Exclude<MessageSuite, 'sealpost-v1'>;

const SUITE_NUMBERS: Readonly<Record<BoxSuite, number>> = { box: 2, 'sealed-box': 3 };

/** The plaintext of the two plain libsodium suites (section 9). */
export interface BoxMessage {
  readonly suite: BoxSuite;
  readonly messageId: string;
  readonly conversationId: string;
  readonly sender: Rcpt;
  readonly recipient: Rcpt;
  readonly contentType: string;
  readonly content: Uint8Array;
}

export function encodeBoxMessage(message: BoxMessage): Uint8Array {
  if (!isContentType(message.contentType)) throw new ProtocolError('malformed-text', 'contentType');
  return new ByteWriter()
    .raw(tag('box/v1'))
    .u8(SUITE_NUMBERS[message.suite], 'suite')
    .raw(uuidToBytes(message.messageId, 'messageId'))
    .raw(uuidToBytes(message.conversationId, 'conversationId'))
    .raw(encodeRcpt(message.sender))
    .raw(encodeRcpt(message.recipient))
    .lp(utf8(message.contentType), 'contentType')
    .raw(message.content)
    .finish();
}

export function decodeBoxMessage(bytes: Uint8Array, suite: BoxSuite): BoxMessage {
  const reader = new ByteReader(bytes, 'message');
  reader.expectTag('box/v1');
  if (reader.u8('suite') !== SUITE_NUMBERS[suite]) throw new ProtocolError('wrong-format', 'suite');
  const messageId = uuidFromBytes(reader.fixed(LENGTHS.uuid, 'messageId'), 'messageId', 7);
  const conversationId = uuidFromBytes(reader.fixed(LENGTHS.uuid, 'conversationId'), 'conversationId');
  const sender = readRcpt(reader, 'sender');
  const recipient = readRcpt(reader, 'recipient');
  const contentType = fromUtf8(reader.lp('contentType'), 'contentType');
  if (!isContentType(contentType)) throw new ProtocolError('malformed-text', 'contentType');
  const content = reader.fixed(reader.remaining, 'content');
  return { suite, messageId, conversationId, sender, recipient, contentType, content };
}

const EMPTY_PLAINTEXT = tag('box/v1').length + 1 + 2 * LENGTHS.uuid + 2 * LENGTHS.rcpt + 2 + 1;

/** Ciphertext lengths that the shortest content type and an empty content allow (section 9.1). */
export const MIN_BOX_CIPHERTEXT: Readonly<Record<BoxSuite, number>> = {
  box: EMPTY_PLAINTEXT + LENGTHS.boxTag,
  'sealed-box': EMPTY_PLAINTEXT + LENGTHS.sealTag,
};
