import { ApiError, ClientError, NetworkError } from '../errors.js';
import { problemAnswer } from './answers.js';
import { EventStream } from './event-stream.js';
import { LineStream } from './line-stream.js';
import { aborted, DEFAULT_RETRY, parseRetryAfter, pause, retryDelay, type RetryPolicy } from './backoff.js';
import { parseJson, type Shape } from './json-shape.js';
import type { ServiceAddress } from './service-address.js';

export type Fetch = typeof globalThis.fetch;

export interface TransportOptions {
  /** Default: the environment's fetch. */
  readonly fetch?: Fetch;
  /** For one attempt of one request, without the time that a long poll may wait; default 30 s. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

export interface ApiRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** The shape of a 2xx answer; absent where none is expected (204). */
  readonly answer?: Shape<T>;
  readonly accessToken?: string;
  /** True where a repetition does no harm; only then a request is repeated after a failure of the network. */
  readonly repeatable: boolean;
  /** Added to the time-out: what a long poll is allowed to wait. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** A request whose answer is a stream of events or lines. */
export type StreamRequest = Pick<ApiRequest<never>, 'path' | 'query' | 'accessToken' | 'signal'> & {
  /** The id of the last event that was taken from an earlier stream. */
  readonly lastEventId?: string;
  /** How long the server may take until it answers. */
  readonly answerWithinMs: number;
};

/** The body of an answer that lasts. */
interface OpenBody {
  readonly body: ReadableStream<Uint8Array>;
  readonly stop: () => void;
  readonly failure: (error: unknown) => Error;
}

const EVENT_STREAM = 'text/event-stream';
const JSON_LINES = 'application/x-ndjson';
const DEFAULT_TIMEOUT_MS = 30_000;
/** A page of the mailbox may hold many messages; nothing is larger. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** Statuses after which the same request may succeed. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/** Sends requests to one service and to nobody else, repeats those that may be, and checks what comes back. */
export class Transport {
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;

  constructor(
    readonly address: ServiceAddress,
    options: TransportOptions,
    /** In [0, 1). */
    private readonly random: () => number,
  ) {
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
  }

  get retryPolicy(): RetryPolicy {
    return this.#retry;
  }

  /** The pause before attempt `attempt` + 1 of something that a policy like this one repeats; null: not any more. */
  delayAfter(attempt: number, retryAfterMs?: number, policy: RetryPolicy = this.#retry): number | null {
    return retryDelay(policy, attempt, retryAfterMs, this.random());
  }

  /**
   * @throws ApiError where the server answered with a problem
   * @throws NetworkError where it gave no answer, after all attempts
   * @throws ClientError where its answer cannot be accepted
   */
  async request<T>(request: ApiRequest<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request);
      } catch (error) {
        const delay = this.#delayAfter(error, request, attempt);
        if (delay === null) throw error;
        await pause(delay, request.signal);
      }
    }
  }

  /** null: the error is final. */
  #delayAfter(error: unknown, request: ApiRequest<unknown>, attempt: number): number | null {
    if (attempt >= this.#retry.attempts || hasAborted(request.signal)) return null;
    if (error instanceof NetworkError) {
      return request.repeatable ? this.delayAfter(attempt) : null;
    }
    if (!(error instanceof ApiError) || !TRANSIENT.has(error.status)) return null;
    // A refusal for its rate was not carried out, whatever was asked. Behind a 502 to 504 it may have been.
    if (!request.repeatable && error.status !== 429) return null;
    return this.delayAfter(attempt, error.retryAfterMs);
  }

  /**
   * Opens a stream of events; one attempt.
   * @throws ApiError, NetworkError, ClientError as request(); ClientError `client.stream-unavailable` where something in
   *   between, or the server, answers with something else than a stream
   */
  async open(request: StreamRequest): Promise<EventStream> {
    const { body, stop, failure } = await this.#openBody(request, EVENT_STREAM);
    return new EventStream(body, stop, failure);
  }

  /** The same for JSON Lines. */
  async openLines(request: StreamRequest): Promise<LineStream> {
    const { body, stop, failure } = await this.#openBody(request, JSON_LINES);
    return new LineStream(body, stop, failure);
  }

  async #openBody(request: StreamRequest, mediaType: string): Promise<OpenBody> {
    if (hasAborted(request.signal)) throw aborted(request.signal);
    const { signal: caller } = request;
    const connection = new AbortController();
    const stop = (): void => {
      caller?.removeEventListener('abort', stop);
      connection.abort();
    };
    caller?.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, request.answerWithinMs);
    const failure = (error: unknown): Error => failureOf(error, caller, connection.signal);
    try {
      const response = await this.#fetch(this.address.resolve(request.path, request.query), {
        headers: streamHeadersOf(request, mediaType),
        ...SAFE,
        signal: connection.signal,
      });
      return { body: await streamOf(response, mediaType), stop, failure };
    } catch (error) {
      const reason = failure(error);
      stop();
      throw reason;
    } finally {
      clearTimeout(timer);
    }
  }

  async #attempt<T>(request: ApiRequest<T>): Promise<T> {
    if (hasAborted(request.signal)) throw aborted(request.signal);
    const timeout = AbortSignal.timeout(this.#timeoutMs + (request.waitMs ?? 0));
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const response = await this.#fetch(this.address.resolve(request.path, request.query), {
        method: request.method,
        headers: headersOf(request),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...SAFE,
        signal,
      });
      return await readAnswer(response, request);
    } catch (error) {
      throw failureOf(error, request.signal, timeout);
    }
  }
}

const SAFE = {
  // A redirect could lead to an origin that was not allowed: it is not followed but refused.
  redirect: 'manual',
  credentials: 'omit',
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
} as const;

/** @param timeout fires when the server has taken too long */
function failureOf(error: unknown, caller: AbortSignal | undefined, timeout: AbortSignal): Error {
  if (error instanceof ApiError || error instanceof ClientError) return error;
  if (hasAborted(caller)) return aborted(caller);
  if (timeout.aborted) return new NetworkError('client.timeout', 'The server did not answer in time', { cause: error });
  return new NetworkError('client.network', `The server was not reached: ${reasonOf(error)}`, { cause: error });
}

/** A function, because a signal fires between two looks at it. */
function hasAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Environments hide the reason at different depths: ECONNREFUSED and the like are behind Node's "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.message;
}

function streamHeadersOf({ accessToken, lastEventId }: StreamRequest, mediaType: string): Record<string, string> {
  return {
    accept: `${mediaType}, application/problem+json`,
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
}

function headersOf(request: ApiRequest<unknown>): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(request.accessToken === undefined ? {} : { authorization: `Bearer ${request.accessToken}` }),
  };
}

async function readAnswer<T>(response: Response, request: ApiRequest<T>): Promise<T> {
  refuseRedirect(response);
  const text = await readText(response);
  if (!response.ok) throw problemOf(response, text);
  // Without a shape nothing is read, and T is void.
  if (request.answer === undefined) return undefined as T;
  return request.answer(parseJson(text), '');
}

async function streamOf(response: Response, mediaType: string): Promise<ReadableStream<Uint8Array>> {
  refuseRedirect(response);
  if (!response.ok) throw problemOf(response, await readText(response));
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  if (response.status === 200 && response.body !== null && type.trim().toLowerCase() === mediaType)
    return response.body;
  throw new ClientError('client.stream-unavailable', `The server did not answer with ${mediaType}`);
}

function refuseRedirect(response: Response): void {
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    throw new ClientError('client.redirect-refused', 'The server answered with a redirect, which is not followed');
  }
}

/** A gateway in between may answer without a problem document; such an answer becomes one. */
function problemOf(response: Response, text: string): ApiError {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  try {
    const body = parseJson(text);
    return new ApiError(response.status, problemAnswer(body, ''), retryAfterMs, body);
  } catch {
    const unavailable = TRANSIENT.has(response.status);
    const problem = {
      type: 'about:blank',
      title: `HTTP ${response.status}`,
      status: response.status,
      detail: 'The answer is not one of the service’s',
      instance: '',
      code: unavailable ? 'server.unavailable' : 'server.internal',
    };
    return new ApiError(response.status, problem, retryAfterMs);
  }
}

/** Reads no more than any honest answer has, so that a server cannot fill the memory. */
async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = response.body.getReader();
  let text = '';
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decode(decoder);
    size += value.length;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new ClientError('client.bad-answer', 'The server’s answer is too large');
    }
    text += decode(decoder, value);
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new ClientError('client.bad-answer', 'The server’s answer is not UTF-8');
  }
}
