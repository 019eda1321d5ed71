/**
 * What the history of an account tells of (GET /v1/account/events). A kind is never renamed; newer servers may have
 * more.
 */
export const ACCOUNT_EVENT_KINDS = [
  'registered',
  'logged-in',
  'logged-out',
  /** A session ended otherwise than by its own log-out; `detail` says why. */
  'session-ended',
  'password-changed',
  'login-id-changed',
  /** Somebody who holds the recovery key was given the recovery unlock and the vault. */
  'recovery-opened',
  /** A new password was set with the recovery key. */
  'recovered',
  'recovery-key-replaced',
  'keys-rotated',
  /** Somebody without a session asked for a reset of the account; `detail` says what it still has to be proven by. */
  'reset-requested',
  /** An administrator approved a reset that somebody had asked for. */
  'reset-approved',
  /**
   * All resets that were asked for were called off, by a session or by an administrator; `detail` is the kind of the change
   * that did it, where its owner has shown to need none.
   */
  'reset-cancelled',
  /** New keys without the signature of the old ones; `detail` says who vouched for the claim to the loginId. */
  'keys-reset',
  /** A new vault key, and everything that hangs on it. */
  'rekeyed',
  'escrow-added',
  'escrow-removed',
  /** A session was opened on another device with the approval of this one. */
  'device-approved',
  'exported',
  'account-disabled',
  'account-enabled',
] as const;

export type AccountEventKind = (typeof ACCOUNT_EVENT_KINDS)[number];
