/** Why a secret could not be derived or opened. */
export type CryptoRefusalCode =
  /** The server names a password suite that this client does not know; nothing was computed (section 2). */
  | 'unknown-password-suite'
  /** Not 24 BIP-39 English words with a valid checksum (section 3). */
  | 'malformed-recovery-words'
  /** A blob that no key of this kind could open: its form is wrong. */
  | 'malformed-blob'
  /** The blob was not sealed under this key and header. */
  | 'wrong-commit'
  /** The blob was changed, or belongs to another header. */
  | 'cannot-decrypt'
  /** An opened vault does not hold the private keys of the user's statements (section 6). */
  | 'keys-mismatch';

/** A typed refusal of the SDK's cryptography. Never carries a secret. Callers say what it means: it leaves the SDK as a cause only. */
export class CryptoRefused extends Error {
  override readonly name = 'CryptoRefused';

  constructor(
    readonly code: CryptoRefusalCode,
    detail?: string,
  ) {
    super(detail ?? code);
  }
}
