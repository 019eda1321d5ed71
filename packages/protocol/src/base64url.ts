import { ProtocolError } from './errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Int8Array(128).fill(-1);
for (const [value, character] of Array.from(ALPHABET).entries()) VALUES[character.charCodeAt(0)] = value;

/** Characters of base64url without padding for `length` bytes. */
export function base64UrlLength(length: number): number {
  return Math.ceil((length * 4) / 3);
}

/** Base64url without padding (section 1). Runs in browsers too, hence no Buffer. */
export function encodeBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    if (left > 1) text += ALPHABET.charAt((group >> 6) & 63);
    if (left > 2) text += ALPHABET.charAt(group & 63);
  }
  return text;
}

/**
 * The bytes of canonical base64url without padding, or null: padding, white space, the standard alphabet,
 * an impossible length and non-zero trailing bits are all refused (section 1).
 */
export function decodeBase64Url(text: string): Uint8Array | null {
  const rest = text.length % 4;
  if (rest === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let offset = 0;
  for (let index = 0; index < text.length; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? -1;
    if (value < 0) return null;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (buffer >> bits) & 0xff;
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : null;
}

/** Like decodeBase64Url, but throws a ProtocolError (`not-canonical`, or `wrong-length` where `length` is given). */
export function requireBase64Url(text: string, field: string, length?: number): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes === null) throw new ProtocolError('not-canonical', field);
  if (length !== undefined && bytes.length !== length) throw new ProtocolError('wrong-length', field);
  return bytes;
}
