import { DEVICE_HEADER, DPOP_HEADER, DPOP_NONCE_HEADER } from '@sealpost/protocol';
import { given } from '../arguments.js';
import { ApiError, ClientError, isApiError, NetworkError, type SealpostError } from '../errors.js';
import type { AnswerSize } from './answer-size.js';
import type { CallOptions } from './call-options.js';
import { DeviceClock } from './device-clock.js';
import { DEFAULT_RETRY, pause, retryDelay, type RetryPolicy } from './backoff.js';
import type { Shape } from './json-shape.js';
import { readAnswer, streamOf } from './own-answer.js';
import type { ServiceAddress } from './service-address.js';
import type { Prover } from './session-proof.js';
import { EventStream, LineStream, type OpenBody } from './streams.js';

export type Fetch = typeof globalThis.fetch;

export interface TransportOptions {
  /** Default: the environment's fetch. */
  readonly fetch?: Fetch;
  /** For one attempt of one request, without the time that a long poll may wait; default 30 s. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** The clock of this device, Unix milliseconds; default Date.now. */
  readonly now?: () => number;
}

export interface ApiRequest<T> extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The shape of a 2xx answer; absent where none is expected (204). */
  readonly answer?: Shape<T>;
  /** What an honest answer may be at most; default: SMALL. */
  readonly size?: AnswerSize;
  readonly accessToken?: string;
  /** Proves with each attempt that it comes from the holder of the session's key. */
  readonly prove?: Prover | undefined;
  /** The token of an earlier session of the account: by it the client is known. */
  readonly deviceToken?: string | undefined;
  /** Whether a repetition does no harm: only then a request is repeated after a failure of the network. Default: not a POST. */
  readonly repeatable?: boolean;
  /** Added to the time-out: what a long poll is allowed to wait. */
  readonly waitMs?: number;
}

/** A request whose answer is a stream of events or lines. */
export type StreamRequest = Pick<ApiRequest<never>, 'path' | 'query' | 'accessToken' | 'prove' | 'signal'> & {
  /** The id of the last event that was taken from an earlier stream. */
  readonly lastEventId?: string;
  /** How long the server may take until it answers. */
  readonly answerWithinMs: number;
};

type Repeated = Pick<ApiRequest<unknown>, 'method' | 'repeatable' | 'signal'>;

const EVENT_STREAM = 'text/event-stream';
const JSON_LINES = 'application/x-ndjson';
const DEFAULT_TIMEOUT_MS = 30_000;
/** What a request carries of the session. */
export type Authorisation = Pick<ApiRequest<unknown>, 'accessToken' | 'prove'>;

/** How often one request is made anew because its proof needs a newer nonce: each replica may have just started. */
const MOST_NONCES = 3;
/** Statuses of the service after which the same request may succeed. */
const TRANSIENT = new Set([429, 503]);

/** Sends requests to one service and to nobody else, repeats those that may be, and checks what comes back. */
export class Transport {
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;
  readonly clock: DeviceClock;
  /** For proofs; the newest that the service has given. */
  #nonce: string | undefined;
  /** Ends every request while a client is being opened. */
  #opening: AbortSignal | undefined;

  constructor(
    readonly address: ServiceAddress,
    options: TransportOptions & CallOptions,
    /** Gives a number in [0, 1). */
    private readonly random: () => number,
  ) {
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#opening = options.signal;
    this.clock = new DeviceClock(options.now ?? Date.now);
  }

  /** The call is over that was to open a client: its signal ends nothing any more. */
  opened(): void {
    this.#opening = undefined;
  }

  get retryPolicy(): RetryPolicy {
    return this.#retry;
  }

  /** The pause before attempt `attempt` + 1 of something that a policy like this one repeats; null: not any more. */
  delayAfter(attempt: number, retryAfterMs?: number, policy: RetryPolicy = this.#retry): number | null {
    return retryDelay(policy, attempt, retryAfterMs, this.random());
  }

  /**
   * @throws ApiError where the service answered with a problem
   * @throws NetworkError where it gave no answer of its own, after all attempts: see own-answer.ts
   * @throws ClientError where its answer cannot be accepted; the reason of the signal when that fires
   */
  async request<T>(request: ApiRequest<T>): Promise<T> {
    const signal = this.#signalOf(request);
    return this.#withNonce(request, () => this.#repeated({ ...request, signal }));
  }

  #signalOf({ signal }: CallOptions): AbortSignal | undefined {
    if (signal === undefined || this.#opening === undefined) return signal ?? this.#opening;
    return AbortSignal.any([signal, this.#opening]);
  }

  async #repeated<T>(request: ApiRequest<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request);
      } catch (error) {
        const delay = this.delayAfterFailure(error, request, attempt);
        if (delay === null) throw error;
        await pause(delay, request.signal);
      }
    }
  }

  /** A request whose nonce is too old was not carried out, and the refusal brings a newer one. */
  async #withNonce<T>({ prove }: Pick<ApiRequest<T>, 'prove'>, work: () => Promise<T>): Promise<T> {
    for (let nonces = 0; ; nonces++) {
      try {
        return await work();
      } catch (error) {
        if (prove === undefined || nonces === MOST_NONCES || !isApiError(error, 'auth.dpop-nonce')) throw error;
      }
    }
  }

  /** The pause before such a request, which has failed, is made again; null: the error is final. */
  delayAfterFailure(error: unknown, request: Repeated, attempt: number): number | null {
    if (attempt >= this.#retry.attempts || request.signal?.aborted === true) return null;
    const { repeatable = request.method !== 'POST' } = request;
    if (error instanceof NetworkError) {
      return repeatable ? this.delayAfter(attempt, error.retryAfterMs) : null;
    }
    if (!(error instanceof ApiError) || !TRANSIENT.has(error.status)) return null;
    // A refusal for its rate was not carried out, whatever was asked. Behind a 503 it may have been.
    if (!repeatable && error.status !== 429) return null;
    return this.delayAfter(attempt, error.retryAfterMs);
  }

  /**
   * Opens a stream of events; one attempt.
   * @throws ApiError, NetworkError, ClientError as request(); ClientError `client.stream-unavailable` where the
   *   service answers with something else than a stream
   */
  async open(request: StreamRequest): Promise<EventStream> {
    return new EventStream(await this.#withNonce(request, () => this.#openBody(request, EVENT_STREAM)));
  }

  /** Opens an answer of JSON Lines. */
  async openLines(request: StreamRequest): Promise<LineStream> {
    return new LineStream(await this.#withNonce(request, () => this.#openBody(request, JSON_LINES)));
  }

  async #openBody(request: StreamRequest, mediaType: string): Promise<OpenBody> {
    const { signal: caller } = request;
    caller?.throwIfAborted();
    const connection = new AbortController();
    const stop = (): void => {
      caller?.removeEventListener('abort', stop);
      connection.abort();
    };
    caller?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, request.answerWithinMs);
    const failure = (error: unknown): SealpostError => failureOf(error, caller, connection.signal);
    try {
      const url = this.address.resolve(request.path, request.query);
      const headers = { ...streamHeadersOf(request, mediaType), ...(await this.#authorisationOf('GET', url, request)) };
      const response = await this.#fetch(url, { headers, ...SAFE, signal: connection.signal });
      this.#learnNonce(response);
      return { body: await streamOf(response, mediaType, this.address.serviceId), stop, failure };
    } catch (error) {
      try {
        throw failure(error);
      } finally {
        stop();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #attempt<T>(request: ApiRequest<T>): Promise<T> {
    request.signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(this.#timeoutMs + (request.waitMs ?? 0));
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const url = this.address.resolve(request.path, request.query);
      const response = await this.#fetch(url, {
        method: request.method,
        headers: { ...headersOf(request), ...(await this.#authorisationOf(request.method, url, request)) },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...SAFE,
        signal,
      });
      this.#learnNonce(response);
      return await readAnswer(response, { ...request, serviceId: this.address.serviceId, clock: this.clock });
    } catch (error) {
      throw failureOf(error, request.signal, timeout);
    }
  }

  /** The headers of one request that another tool makes: with `prove` for this method and address alone. */
  headersFor(method: string, urlOrPath: string, authorisation: Authorisation): Promise<Record<string, string>> {
    return this.#authorisationOf(method, this.address.own(urlOrPath), authorisation);
  }

  async #authorisationOf(
    method: string,
    url: URL,
    { accessToken, prove }: Authorisation,
  ): Promise<Record<string, string>> {
    const scheme = prove === undefined ? 'Bearer' : 'DPoP';
    return {
      ...(accessToken === undefined ? {} : { authorization: `${scheme} ${accessToken}` }),
      ...(prove === undefined ? {} : { [DPOP_HEADER]: await prove({ method, url, nonce: this.#nonce, accessToken }) }),
    };
  }

  #learnNonce({ headers }: Response): void {
    this.#nonce = headers.get(DPOP_NONCE_HEADER) ?? this.#nonce;
  }
}

const SAFE = {
  // A redirect could lead to an origin that was not allowed: it is not followed but refused.
  redirect: 'manual',
  credentials: 'omit',
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
} as const;

/** @param timeout fires when the server has taken too long @throws the reason of the caller's signal where that has fired */
function failureOf(error: unknown, caller: AbortSignal | undefined, timeout: AbortSignal): SealpostError {
  if (error instanceof ApiError || error instanceof ClientError) return error;
  caller?.throwIfAborted();
  if (timeout.aborted) return new NetworkError('client.timeout', 'The server did not answer in time', { cause: error });
  return new NetworkError('client.network', `The server was not reached: ${reasonOf(error)}`, { cause: error });
}

/** Environments hide the reason at different depths: ECONNREFUSED and the like are behind Node's "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.message;
}

function streamHeadersOf({ lastEventId }: StreamRequest, mediaType: string): Record<string, string> {
  return { accept: `${mediaType}, application/problem+json`, ...given({ 'last-event-id': lastEventId }) };
}

function headersOf(request: ApiRequest<unknown>): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...given({ [DEVICE_HEADER]: request.deviceToken }),
  };
}
