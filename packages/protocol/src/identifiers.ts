import { isAssigned } from './assigned-characters.js';
import { ProtocolError } from './errors.js';
import { LIMITS } from './limits.js';

const LOGIN_ID = /^[\x21-\x7e]{3,254}$/;
/** A UUID of whatever version: where a user can be named either way, it is taken for a userId. */
const UUID_FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SERVICE_ID = /^[a-z0-9.-]{1,253}$/;
const CONTENT_TYPE = /^[\x20-\x7e]{1,127}$/;

function isLoginId(text: string): boolean {
  return LOGIN_ID.test(text) && !UUID_FORM.test(text);
}

/** Strips U+0020 at both ends and maps A–Z to a–z, nothing else (section 1). Throws where the result is not a loginId. */
export function normaliseLoginId(text: string): string {
  const normalised = text.replace(/^\x20+|\x20+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (!isLoginId(normalised)) throw new ProtocolError('malformed-text', 'loginId');
  return normalised;
}

/** True for the normalised form, the only one that the server accepts. */
export function isNormalisedLoginId(text: string): boolean {
  return isLoginId(text) && !/[A-Z]/.test(text);
}

export function isServiceId(text: string): boolean {
  return SERVICE_ID.test(text);
}

export function isContentType(text: string): boolean {
  return CONTENT_TYPE.test(text);
}

/** Content types that the product keeps for itself (receipts and the like: section 8). */
export function isReservedContentType(text: string): boolean {
  return text.toLowerCase().startsWith('application/vnd.sealpost.');
}

/** password' of section 1: category Zs becomes U+0020, then NFC. Empty, category Cc and lone surrogates are refused. */
export function preparePassword(password: string): string {
  if (password === '' || !password.isWellFormed() || /\p{Cc}/u.test(password)) {
    throw new ProtocolError('malformed-text', 'password');
  }
  const prepared = password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  if (prepared.length > LIMITS.passwordCharacters) throw new ProtocolError('out-of-range', 'password');
  return prepared;
}

/**
 * What keeps a password from being a new one, beyond what preparePassword refuses (section 1): a code point that Unicode
 * 14.0 does not assign, or fewer than 8 of them. Passwords of before are tried as they are.
 */
export function newPasswordFault(prepared: string): 'unassigned' | 'too-short' | null {
  if (!isAssigned(prepared)) return 'unassigned';
  return Array.from(prepared).length < LIMITS.newPasswordCodePoints ? 'too-short' : null;
}
