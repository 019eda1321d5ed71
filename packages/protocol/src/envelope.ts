import { ByteReader, ByteWriter, tag } from './bytes.js';
import { ProtocolError } from './errors.js';
import { encodeRcpt, type Rcpt } from './key-statement.js';
import { LENGTHS, LIMITS } from './limits.js';
import { uuidFromBytes, uuidToBytes } from './uuid.js';

const FORMAT = 1;
const SUITE = 1;

/** One recipient's wrapped content key. */
export interface Slot {
  /** The first 16 bytes of the recipient's keysHash. */
  readonly kid: Uint8Array;
  /** X-Wing ciphertext (HPKE `enc`), 1120 bytes. */
  readonly enc: Uint8Array;
  /** HPKE ciphertext of the content key, 48 bytes. */
  readonly wrappedKey: Uint8Array;
}

/** What is in the clear of a `sealpost-v1` message (section 8.2, blob). */
export interface Envelope {
  readonly messageId: string;
  readonly conversationId: string;
  readonly nonce: Uint8Array;
  readonly commit: Uint8Array;
  /** In the order of the signed recipients, that is by userId. */
  readonly slots: readonly Slot[];
  readonly body: Uint8Array;
}

/** hdr: the associated data of the body, and with TBS the message's hash. */
export function headerBytes(envelope: Omit<Envelope, 'slots' | 'body'>): Uint8Array {
  return new ByteWriter()
    .raw(tag('hdr/v1'))
    .u8(SUITE, 'suite')
    .raw(uuidToBytes(envelope.messageId, 'messageId'))
    .raw(uuidToBytes(envelope.conversationId, 'conversationId'))
    .fixed(envelope.nonce, LENGTHS.nonce, 'nonce')
    .fixed(envelope.commit, LENGTHS.commit, 'commit')
    .finish();
}

/** The HPKE info of one slot: tag(`cek/v1`) ‖ u8 1 ‖ messageId ‖ conversationId ‖ rcpt. */
export function slotInfoBytes(messageId: string, conversationId: string, recipient: Rcpt): Uint8Array {
  return new ByteWriter()
    .raw(tag('cek/v1'))
    .u8(SUITE, 'suite')
    .raw(uuidToBytes(messageId, 'messageId'))
    .raw(uuidToBytes(conversationId, 'conversationId'))
    .raw(encodeRcpt(recipient))
    .finish();
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const writer = new ByteWriter()
    .u8(FORMAT, 'format')
    .u8(SUITE, 'suite')
    .raw(uuidToBytes(envelope.messageId, 'messageId'))
    .raw(uuidToBytes(envelope.conversationId, 'conversationId'))
    .fixed(envelope.nonce, LENGTHS.nonce, 'nonce')
    .fixed(envelope.commit, LENGTHS.commit, 'commit')
    .u16(envelope.slots.length, 'slots');
  for (const slot of envelope.slots) {
    writer
      .fixed(slot.kid, LENGTHS.kid, 'kid')
      .u16(LENGTHS.kemCiphertext, 'enc')
      .fixed(slot.enc, LENGTHS.kemCiphertext, 'enc')
      .fixed(slot.wrappedKey, LENGTHS.wrappedKey, 'wrappedKey');
  }
  return writer.blob(envelope.body, 'body').finish();
}

function readSlot(reader: ByteReader): Slot {
  const kid = reader.fixed(LENGTHS.kid, 'kid');
  const enc = reader.lp('enc');
  if (enc.length !== LENGTHS.kemCiphertext) throw new ProtocolError('wrong-length', 'enc');
  return { kid, enc, wrappedKey: reader.fixed(LENGTHS.wrappedKey, 'wrappedKey') };
}

/** Parses a blob exactly. Throws a ProtocolError at anything else than one well-formed envelope. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new ByteReader(bytes, 'ciphertext');
  if (reader.u8('format') !== FORMAT) throw new ProtocolError('wrong-format', 'format');
  if (reader.u8('suite') !== SUITE) throw new ProtocolError('wrong-format', 'suite');
  const messageId = uuidFromBytes(reader.fixed(LENGTHS.uuid, 'messageId'), 'messageId', 7);
  const conversationId = uuidFromBytes(reader.fixed(LENGTHS.uuid, 'conversationId'), 'conversationId');
  const nonce = reader.fixed(LENGTHS.nonce, 'nonce');
  const commit = reader.fixed(LENGTHS.commit, 'commit');
  const count = reader.u16('slots');
  if (count < 1 || count > LIMITS.recipients) throw new ProtocolError('out-of-range', 'slots');
  const slots = Array.from({ length: count }, () => readSlot(reader));
  const body = reader.blob('body');
  if (body.length < LENGTHS.aeadTag) throw new ProtocolError('truncated', 'body');
  reader.end();
  return { messageId, conversationId, nonce, commit, slots, body };
}
