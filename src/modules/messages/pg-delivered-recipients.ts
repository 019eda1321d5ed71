import { uuidToBytes } from '@sealpost/protocol';
import { uuidAt } from '../../core/database/index.js';
import type { DeliveredRecipient } from './message.js';

/** userId, u32 key version, u64 sequence. */
const RECIPIENT_BYTES = 16 + 4 + 8;

/** The column `messages.recipients`: all recipients in the order of the request, 28 bytes each. */
export function packRecipients(recipients: readonly DeliveredRecipient[]): Uint8Array {
  const packed = new Uint8Array(recipients.length * RECIPIENT_BYTES);
  const view = new DataView(packed.buffer);
  recipients.forEach(({ userId, keyVersion, sequence }, index) => {
    const offset = index * RECIPIENT_BYTES;
    packed.set(uuidToBytes(userId, 'recipients'), offset);
    view.setUint32(offset + 16, keyVersion);
    view.setBigUint64(offset + 20, BigInt(sequence));
  });
  return packed;
}

export function unpackRecipients(packed: Uint8Array): DeliveredRecipient[] {
  if (packed.length === 0 || packed.length % RECIPIENT_BYTES !== 0) {
    throw new Error(`The database holds a message with ${packed.length} bytes of recipients`);
  }
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const recipients: DeliveredRecipient[] = [];
  for (let offset = 0; offset < buffer.length; offset += RECIPIENT_BYTES) {
    recipients.push({
      userId: uuidAt(buffer, offset),
      keyVersion: buffer.readUInt32BE(offset + 16),
      // Two halves: a sequence stays below 2^53, and a BigInt would cost more than all the rest.
      sequence: buffer.readUInt32BE(offset + 20) * 2 ** 32 + buffer.readUInt32BE(offset + 24),
    });
  }
  return recipients;
}
