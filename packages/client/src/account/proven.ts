import { decodeBase64Url, encodeBase64Url, LENGTHS, type AuthAction } from '@sealpost/protocol';
import { authPayloadHash, proveAction, type ProofContext } from '../crypto/auth-proof.js';
import { ApiError, ClientError, isApiError, NetworkError } from '../errors.js';
import type { PublicApi } from '../http/public-api.js';
import { checkSuite, type Environment } from './environment.js';

const ATTEMPTS = 3;

export interface Challenge {
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly challenge: Uint8Array;
}

/** A challenge that was fetched for one try. */
export interface Offered extends Challenge {
  /** What a proof for it is about. */
  readonly context: ProofContext;
  /** The challenge as it is sent back, base64url. */
  readonly sent: string;
}

/** Whose challenge is asked for. */
export interface Owner {
  readonly loginId: string;
  /** The lowest password suite that the server may name: what was seen for the account; 0 where nothing was. */
  readonly leastSuite: number;
}

/** The proof of an action, as it is sent. @param fields as the encoders of @sealpost/protocol give them */
export function proofOf(
  action: Exclude<AuthAction, 'login'>,
  fields: Uint8Array,
  { context, sent }: Offered,
  authSeed: Uint8Array,
): { readonly challenge: string; readonly proof: string } {
  const proof = proveAction(action, context, authPayloadHash(action, fields), authSeed);
  return { challenge: sent, proof: encodeBase64Url(proof) };
}

/** A request with a proof of its own, for which the server spends a challenge. */
export interface Action<T> extends Owner {
  /**
   * Encodes, proves and sends.
   * @param inDoubt an earlier try may have been carried out
   */
  readonly send: (offered: Offered, inDoubt: boolean) => Promise<T>;
}

/** An action that the server carries out once, and that shows there afterwards. */
export interface Change extends Action<unknown> {
  readonly isDone: () => Promise<boolean>;
}

/**
 * Carries an action out. Where the answer was lost, or the challenge has run out, it is tried again with a fresh one.
 *
 * Of a change, once a try may have been carried out, what the server shows decides: before the next try, behind a refusal,
 * which may be for the change that was made only now, and after the last try.
 */
export function proven(environment: Environment, change: Change): Promise<void>;
export function proven<T>(environment: Environment, action: Action<T>): Promise<T>;
export async function proven(environment: Environment, action: Action<unknown> | Change): Promise<unknown> {
  const send = async (inDoubt: boolean): Promise<unknown> => {
    const offered = await offeredFor(environment, action);
    environment.signal?.throwIfAborted();
    return action.send(offered, inDoubt);
  };
  return 'isDone' in action ? makeChange(send, action.isDone) : withFreshChallenge(send);
}

async function offeredFor({ api, address }: Environment, { loginId, leastSuite }: Owner): Promise<Offered> {
  const challenge = await fetchChallenge(api, loginId, leastSuite);
  const context = { serviceId: address.serviceId, loginId, challenge: challenge.challenge };
  return { ...challenge, context, sent: encodeBase64Url(challenge.challenge) };
}

async function withFreshChallenge<T>(step: (inDoubt: boolean) => Promise<T>): Promise<T> {
  let inDoubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await step(inDoubt);
    } catch (error) {
      const lost = leavesInDoubt(error);
      if (attempt === ATTEMPTS || !(lost || isSpent(error))) throw error;
      inDoubt ||= lost;
    }
  }
}

async function makeChange(send: (inDoubt: boolean) => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await withFreshChallenge(async (inDoubt) => {
      if (inDoubt && (await isDone())) return;
      try {
        await send(inDoubt);
      } catch (error) {
        const refused = error instanceof ApiError && error.status < 500 && !isSpent(error);
        if (!inDoubt || !refused || !(await isDone())) throw error;
      }
    });
  } catch (error) {
    if (!leavesInDoubt(error) || !(await isDone().catch(() => false))) throw error;
  }
}

/** Nothing came that says what became of a request, or the service failed behind the point where it may have counted. */
function leavesInDoubt(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  if (isApiError(error)) return error.status >= 500;
  return error instanceof ClientError && error.code === 'client.bad-answer';
}

/** A refusal of the challenge, and of nothing else. */
export function isSpent(error: unknown): boolean {
  return isApiError(error, 'auth.challenge-refused', 'auth.challenge-used');
}

/** Whether the account has the password that was made with this salt, base64url: it is nobody else's. */
export async function hasSalt({ api }: Pick<Environment, 'api'>, owner: Owner, salt: string): Promise<boolean> {
  return encodeBase64Url((await fetchChallenge(api, owner.loginId, owner.leastSuite)).salt) === salt;
}

/**
 * A fresh challenge for a loginId. An unknown loginId gets one too, which looks the same (protocol section 4).
 * @param leastSuite as in Owner
 */
export async function fetchChallenge(api: PublicApi, loginId: string, leastSuite: number): Promise<Challenge> {
  const answer = await api.challenge(loginId);
  checkSuite(answer.suite, leastSuite);
  return {
    suite: answer.suite,
    salt: bytesOfLength(answer.salt, LENGTHS.salt, 'salt'),
    challenge: bytesOfLength(answer.challenge, LENGTHS.challenge, 'challenge'),
  };
}

/** By bytes of another length the server could have the client sign something that it did not mean to. */
function bytesOfLength(text: string, length: number, name: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes?.length !== length) {
    throw new ClientError('login.challenge-malformed', `The server's ${name} is not ${length} bytes long`);
  }
  return bytes;
}
