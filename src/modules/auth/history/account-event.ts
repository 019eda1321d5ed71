import type { AccountEventKind } from '@sealpost/protocol';

/** An entry of the history of an account. */
export interface RecordedEvent {
  /** Counts the events of the account, from 1; the cursor of the history. */
  readonly id: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: AccountEventKind;
  readonly sessionId: string | null;
  readonly sessionName: string | null;
  readonly client: string | null;
  readonly otherSessionId: string | null;
  readonly keyVersion: number | null;
  readonly detail: string | null;
}

/** Why a session ended, where it was not by its own log-out: `detail` of `session-ended`. */
export const SESSION_END_REASONS = {
  /** Another session of the account ended it. */
  revoked: 'revoked',
  /** A newer one took its place: an account has at most 100. */
  evicted: 'evicted',
  /** Two parties held tokens of it. */
  refreshTokenReused: 'refresh-token-reused',
} as const;
