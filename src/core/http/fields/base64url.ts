import { decodeBase64Url } from '@sealpost/protocol';
import type { FieldOptions, Scalar } from './field.js';
import { scalarField, SHARED } from './field.js';

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/** From this length on, the native codec is faster than the portable one, for a ciphertext of 256 KiB three times. */
const NATIVE_FROM = 128;

/** Canonical base64url without padding (protocol section 1), or null. */
export function decodeBytes(text: string): Uint8Array | null {
  if (text.length < NATIVE_FROM) return decodeBase64Url(text);
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  const buffer = Buffer.from(bytes.buffer);
  buffer.write(text, 'base64url');
  // Node decodes leniently. What encodes to the same text again was canonical.
  return buffer.toString('base64url') === text ? bytes : null;
}

/** Canonical base64url of the bytes. */
export function encodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

export type ByteLength = { readonly length: number } | { readonly minLength: number; readonly maxLength: number };

export function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

function whyNotBase64Url(text: string): string {
  if (text.includes('=')) return 'must be base64url without padding';
  if (/\s/.test(text)) return 'must be base64url without whitespace';
  if (!ALPHABET.test(text)) return 'must use the base64url alphabet (A-Z a-z 0-9 - _)';
  if (text.length % 4 === 1) return 'must be base64url of a possible length';
  return 'must be canonical base64url: the unused trailing bits must be zero';
}

/** Wire: canonical base64url without padding; inside: `Uint8Array`. */
export function base64Url(size: ByteLength): Scalar {
  const [min, max] = 'length' in size ? [size.length, size.length] : [size.minLength, size.maxLength];
  const wanted = min === max ? `exactly ${min}` : `${min} to ${max}`;
  const longest = encodedLength(max);
  return {
    schema: {
      type: 'string',
      contentEncoding: 'base64url',
      pattern: '^[A-Za-z0-9_-]*$',
      minLength: encodedLength(min),
      maxLength: longest,
      [SHARED]: {
        name: min === max ? `Bytes${min}` : `Bytes${min}To${max}`,
        description: `${min === max ? min : `${min} to ${max}`} bytes in base64url.`,
      },
    },
    decode: (value) => (typeof value === 'string' && value.length <= longest ? (decodeBytes(value) ?? value) : value),
    check: (value) => {
      if (value instanceof Uint8Array) {
        return value.length < min || value.length > max ? `must be ${wanted} bytes, not ${value.length}` : null;
      }
      if (typeof value !== 'string') return 'must be a string of base64url';
      return value.length > longest && ALPHABET.test(value) ? `must be ${wanted} bytes` : whyNotBase64Url(value);
    },
  };
}

/** A member of bytes. Request classes declare it as `Uint8Array`, response classes as `string`. */
export function Base64UrlField(options: FieldOptions & ByteLength): PropertyDecorator {
  return scalarField(base64Url(options), options);
}
