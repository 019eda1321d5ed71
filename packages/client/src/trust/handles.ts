import { verifyHandleSignature } from '../crypto/user-keys.js';
import { rootOf, statementAt, type KeyChain } from './chain.js';
import { KeysRefused } from './contact-errors.js';

/** What a look-up by loginId answers about the binding of that loginId. */
export interface HandleAnswer {
  /** Normalised, and the one that was asked for. */
  readonly loginId: string;
  readonly handleSignature: Uint8Array;
  /** Version of the signing key that signed. */
  readonly handleKeyVersion: number;
}

/**
 * Verifies that the owner of a chain has claimed a loginId (section 5, handleSignature). A key from before the root is
 * not enough: its holder may have lost it to somebody, and a new root comes with a new signature.
 * Throws KeysRefused `contact.wrong-handle`.
 */
export function verifyHandle(chain: KeyChain, answer: HandleAnswer): void {
  const { serviceId, userId } = chain;
  const statement = statementAt(chain, answer.handleKeyVersion);
  const handle = { serviceId, loginId: answer.loginId, userId, version: answer.handleKeyVersion };
  const holds =
    statement !== undefined &&
    statement.version >= rootOf(chain).version &&
    verifyHandleSignature(handle, answer.handleSignature, statement.signingPublicKey);
  if (!holds) throw new KeysRefused('contact.wrong-handle', userId);
}
