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

/** The two digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Where the digits of each byte stand in the text. */
const DIGITS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
/** Value of a digit by its character code. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < 16; value++) VALUES[value.toString(16).charCodeAt(0)] = value;

/** The 16 raw bytes of a UUID of version 4 or 7. */
export function uuidToBytes(text: string, field = 'uuid'): Uint8Array {
  if (!isUuidV4OrV7(text)) throw new ProtocolError('not-canonical', field);
  const bytes = new Uint8Array(16);
  DIGITS.forEach((position, index) => {
    const high = VALUES[text.charCodeAt(position)] ?? 0;
    bytes[index] = (high << 4) | (VALUES[text.charCodeAt(position + 1)] ?? 0);
  });
  return bytes;
}

/** The text of 16 raw bytes; refuses anything but version 4 or 7, or only 7 where `version` says so. */
export function uuidFromBytes(bytes: Uint8Array, field = 'uuid', version?: 7): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] ?? 0] ?? '';
  }
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
