import { uuidFromBytes, uuidToBytes } from '@sealpost/protocol';
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
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: packed.length / RECIPIENT_BYTES }, (_, index) => {
    const offset = index * RECIPIENT_BYTES;
    return {
      userId: uuidFromBytes(packed.subarray(offset, offset + 16), 'recipients'),
      keyVersion: view.getUint32(offset + 16),
      sequence: Number(view.getBigUint64(offset + 20)),
    };
  });
}
