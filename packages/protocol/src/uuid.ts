import { ProtocolError } from './errors.js';

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const VERSION_INDEX = 14;

/** True for a lower-case 8-4-4-4-12 UUID of version 7 (userId, messageId: section 1). */
export function isUuidV7(text: string): boolean {
  return TEXT.test(text) && text[VERSION_INDEX] === '7';
}

/** True for a lower-case 8-4-4-4-12 UUID of version 4 or 7 (conversationId, streamId: section 1). */
export function isUuidV4OrV7(text: string): boolean {
  return TEXT.test(text);
}

/** The 16 raw bytes of a UUID of version 4 or 7. */
export function uuidToBytes(text: string, field = 'uuid'): Uint8Array {
  if (!isUuidV4OrV7(text)) throw new ProtocolError('not-canonical', field);
  const hex = text.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

/** The text of 16 raw bytes; refuses anything but version 4 or 7, or only 7 where `version` says so. */
export function uuidFromBytes(bytes: Uint8Array, field = 'uuid', version?: 7): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  if (version === 7 ? !isUuidV7(text) : !isUuidV4OrV7(text)) throw new ProtocolError('not-canonical', field);
  return text;
}

/**
 * A UUID of version 7 (RFC 9562) from a time and 10 random bytes of the caller's.
 * @param milliseconds Unix time in milliseconds
 * @param random at least 10 random bytes
 */
export function uuidV7(milliseconds: number, random: Uint8Array): string {
  if (random.length < 10) throw new ProtocolError('wrong-length', 'random');
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(milliseconds) << 16n);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}
