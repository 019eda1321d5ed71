import { isErrorCode, type ErrorCode, type ProblemJson } from '@sealpost/protocol';
import type {
  ClientErrorCode,
  NetworkErrorCode,
  PasswordRefusedCode,
  SealpostErrorCode,
  SharedStateNoticeCode,
  SharedStateWarningCode,
} from './error-codes.js';

/** Base of everything that the SDK throws. `code` says what happened, the message is for people. */
export abstract class SealpostError extends Error {
  abstract readonly code: SealpostErrorCode;
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

/**
 * The server has done what was asked, and the storage could not keep what follows from that. The message says what counts
 * from now on, and how to go on once the storage works.
 */
export class NotKept extends ClientError {
  override readonly name = 'NotKept';
  declare readonly code: 'storage.not-kept';

  constructor(done: string, cause: ClientError) {
    super('storage.not-kept', `${done} The storage could not keep it: ${cause.message}`, { cause });
  }
}

/** What cannot happen has happened: a fault of the SDK's own, or of a program without types. */
export function internal(message: string): ClientError {
  return new ClientError('client.internal', message);
}

/** The storage did not do what it was asked to, for whatever reason. */
export function isStorageFailure(error: unknown): error is ClientError {
  return error instanceof ClientError && (error.code === 'storage.failed' || error.code === 'storage.locked');
}

/** Keeps what follows from something that is done. @param done says so, and how to go on where this fails */
export async function keeping<T>(done: string, keep: () => Promise<T>): Promise<T> {
  try {
    return await keep();
  } catch (error) {
    throw isStorageFailure(error) ? new NotKept(done, error) : error;
  }
}

/** Waits for what only tidies up: a storage that cannot do it now is asked again the next time. */
export async function tidying(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
  }
}

export function noSession(): ClientError {
  return new ClientError('client.no-account', 'There is no session: log in first');
}

export function sessionKeyLost(cause?: unknown): ClientError {
  return new ClientError('session.key-lost', 'The key of this session is not here any more: log in again', { cause });
}

export function isSessionKeyLost(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'session.key-lost';
}

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
    /** The version of the state that the server shows. */
    readonly stateVersion: number,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** Something about the shared state that the user should know. Nothing has failed. */
export class SharedStateNotice extends ClientError {
  override readonly name = 'SharedStateNotice';
  declare readonly code: SharedStateNoticeCode;
}

/**
 * The service was not reached, did not answer in time, or something else answered in its place (`client.foreign-answer`,
 * `client.redirect-refused`). Whether it did what was asked is not known.
 */
export class NetworkError extends ClientError {
  override readonly name = 'NetworkError';
  declare readonly code: NetworkErrorCode;

  constructor(
    code: NetworkErrorCode,
    message: string,
    options?: ErrorOptions,
    /** From Retry-After, where what answered sent one. */
    readonly retryAfterMs?: number,
  ) {
    super(code, message, options);
  }
}

/**
 * The server shows older keys of the user's own account than this client has seen, or another continuation of them: it was
 * restored from a backup, or it lies. Ask the user, then pass it to `client.keys.acceptRestored()`, or log in with
 * `acceptRestored`: what this client still holds is given back to the server then, and where that cannot be done, it goes on
 * from what the server shows.
 */
export class RestoredAccountWarning extends ClientError {
  override readonly name = 'RestoredAccountWarning';
  declare readonly code: 'account.restored';

  constructor(
    /** The newest version that this client, or another of the user's, has seen. */
    readonly seenVersion: number,
    /** The newest version that the server shows. */
    readonly version: number,
    /** Hash of that version's statement, base64url: what is accepted. */
    readonly hash: string,
  ) {
    const what = `The server shows version ${version} of this account's keys, and does not show version ${seenVersion}`;
    super('account.restored', `${what}, which has been: it was restored from a backup, or it lies`);
  }
}

/** RFC 9457. A newer server may send codes that this client does not know. */
export type Problem = Omit<ProblemJson, 'code'> & { readonly code: string };

/** The server answered with a problem. What this client does not know is `client.unknown-problem`: see `problem.code`. */
export class ApiError extends SealpostError {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | 'client.unknown-problem';

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** From Retry-After, where the server sent one. */
    readonly retryAfterMs?: number,
    /** The whole body, with what a problem carries besides RFC 9457's members. */
    readonly body?: unknown,
  ) {
    const code = isErrorCode(problem.code) ? problem.code : 'client.unknown-problem';
    const what = code === problem.code ? '' : `, ${problem.code}`;
    super(`${problem.detail === '' ? problem.title : problem.detail} (HTTP ${status}${what})`);
    this.code = code;
  }
}

export function isApiError(error: unknown, ...codes: readonly ErrorCode[]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.some((code) => code === error.code));
}

/**
 * The error of a send of which it is not known whether the server took the message. The message stays in the outbox, and goes again, as the same message, before
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

/** A password that must not be a new one: choose another. `suggestions` are for people, in English. */
export class PasswordRefused extends ClientError {
  override readonly name = 'PasswordRefused';
  declare readonly code: PasswordRefusedCode;

  constructor(
    code: PasswordRefusedCode,
    message: string,
    readonly suggestions: readonly string[] = [],
  ) {
    super(code, [`${message}.`, ...suggestions].join(' '));
  }
}

/** What of a password is easily typed otherwise, or otherwise than it was meant. */
export type PasswordHintCode =
  'leading-space' | 'trailing-space' | 'smart-quotes' | 'full-width' | 'capitals' | 'unseen' | 'unassigned';

export interface PasswordHint {
  readonly code: PasswordHintCode;
  /** For people. Says nothing of what the password is. */
  readonly message: string;
}

/** `auth.login-refused`, with what of the password as it was typed may be otherwise than it was meant. */
export class LoginRefused extends ApiError {
  constructor(
    refusal: ApiError,
    readonly hints: readonly PasswordHint[],
  ) {
    super(refusal.status, refusal.problem, refusal.retryAfterMs, refusal.body);
    this.message = [refusal.message, ...hints.map(({ message }) => message)].join(' ');
  }
}

/**
 * The server refused the time that this device has written into a statement, and the two clocks differ. It says so, and by
 * how much; which of the two is wrong is seen at any other clock.
 */
export class DeviceClockWrong extends ApiError {
  constructor(
    refusal: ApiError,
    /** How far the device is ahead of the server; negative where it is behind. */
    readonly differenceMs: number,
  ) {
    super(refusal.status, refusal.problem, refusal.retryAfterMs, refusal.body);
    this.message = `${clockText(differenceMs)} Set it, or tell the operator if it is right. ${refusal.message}`;
  }
}

function clockText(differenceMs: number): string {
  const minutes = Math.round(Math.abs(differenceMs) / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [`${days} d`, `${hours} h`, `${minutes % 60} min`].filter((part) => !part.startsWith('0 '));
  const direction = differenceMs > 0 ? 'ahead of' : 'behind';
  return `The clock of this device is ${parts.join(' ') || 'some seconds'} ${direction} the server’s.`;
}
