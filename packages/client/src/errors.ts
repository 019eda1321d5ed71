import type { ErrorCode, ProblemJson } from '@sealpost/protocol';

/** What can go wrong on the client's side. Codes are stable: a program may branch on them. */
export type ClientErrorCode =
  | 'client.invalid-argument'
  | 'client.no-account'
  | 'client.aborted'
  | 'client.network'
  | 'client.timeout'
  | 'client.bad-answer'
  | 'client.mailbox-rewound'
  | 'client.stream-unavailable'
  | 'client.insecure-url'
  | 'client.origin-refused'
  | 'client.redirect-refused'
  | 'client.wrong-service'
  | 'login.suite-unknown'
  | 'login.suite-lowered'
  | 'login.challenge-malformed'
  | 'login.account-secret-differs'
  | 'login.user-differs'
  | 'devices.code-differs'
  | 'devices.not-confirmed'
  | 'devices.tampered'
  | 'devices.expired'
  | 'vault.unlock-refused'
  | 'vault.refused'
  | 'vault.rollback'
  | 'keys.rotation-lost'
  | 'escrow.not-offered'
  | 'escrow.fingerprint-differs'
  | 'escrow.fingerprint-missing'
  | 'escrow.export-refused'
  | 'state.refused'
  | 'state.rollback'
  | 'state.fork'
  | 'state.too-large'
  | 'service-key.refused'
  | 'storage.locked'
  | 'storage.damaged'
  | 'storage.failed'
  | 'storage.other-account';

/** Base of everything that the SDK throws on purpose. `code` says what happened, the message is for people. */
export abstract class SealpostError extends Error {
  abstract readonly code: string;
}

/** A refusal or failure that the client found by itself. */
export class ClientError extends SealpostError {
  override readonly name: string = 'ClientError';

  constructor(
    readonly code: ClientErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a warning about the shared state can be about. */
export type SharedStateWarningCode = Extract<ClientErrorCode, 'state.refused' | 'state.rollback' | 'state.fork'>;

/**
 * What the user's clients know together cannot be had from the server: it cannot be opened, is older than it was, or does
 * not follow what was seen. A thief of a session, a restored database or a server that lies can be the reason. Ask the
 * user, then pass it to `client.sharedState.repair()`.
 */
export class SharedStateWarning extends ClientError {
  override readonly name = 'SharedStateWarning';
  declare readonly code: SharedStateWarningCode;

  constructor(
    code: SharedStateWarningCode,
    message: string,
    /** That the server shows. */
    readonly stateVersion: number,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The server was not reached, or did not answer in time. Whether it did what was asked is not known. */
export class NetworkError extends ClientError {
  override readonly name = 'NetworkError';
}

/** RFC 9457. A newer server may send codes that this client does not know. */
export type Problem = Omit<ProblemJson, 'code'> & { readonly code: string };

/** The server answered with a problem; `code` is one of ERROR_CODES of @sealpost/protocol, or of a newer server. */
export class ApiError extends SealpostError {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** From Retry-After, where the server sent one. */
    readonly retryAfterMs?: number,
    /** The whole body, with what a problem carries besides RFC 9457's members. */
    readonly body?: unknown,
  ) {
    super(`${problem.detail === '' ? problem.title : problem.detail} (HTTP ${status})`);
    this.code = problem.code;
  }
}

export function isApiError(error: unknown, ...codes: readonly ErrorCode[]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.some((code) => code === error.code));
}

/**
 * It is not known whether the server took a message. It stays in the outbox, and goes again, as the same message, before
 * the next one of its conversation or with `client.outbox.flush()`. The cause says what happened.
 */
export class UnconfirmedSend extends SealpostError {
  override readonly name = 'UnconfirmedSend';
  readonly code = 'send.unconfirmed';

  constructor(
    readonly messageId: string,
    override readonly cause: SealpostError,
  ) {
    super(`It is not known whether message ${messageId} was taken: ${cause.message}`, { cause });
  }
}
