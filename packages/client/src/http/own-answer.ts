import { SERVICE_HEADER, serviceOfHeader } from '@sealpost/protocol';
import { ApiError, ClientError, NetworkError } from '../errors.js';
import type { AnswerSize } from './answer-size.js';
import { SMALL } from './answer-size.js';
import { problemAnswer } from './answers.js';
import { parseRetryAfter } from './backoff.js';
import type { DeviceClock } from './device-clock.js';
import { NotJson, parseJson, type Shape } from './json-shape.js';

/** What an answer has to be. */
export interface Expected<T> {
  readonly serviceId: string;
  /** The shape of a 2xx answer; absent where none is expected (204). */
  readonly answer?: Shape<T>;
  readonly size?: AnswerSize;
  /** Learns from the service's own answers, and explains refusals. */
  readonly clock: DeviceClock;
}

/*
 * Only the service's own answers say what became of a request. Whatever else comes back, e.g. the error page of a gateway,
 * a redirect, the log-in page of a wireless network, or an answer that was cut off, is a failure of the network whatever
 * its status: a NetworkError, after which nothing is known.
 */

/**
 * Reads the service's own answer.
 * @throws NetworkError for anybody else's answer; ApiError for a refusal; ClientError `client.bad-answer`,
 *   `client.wrong-service`
 */
export async function readAnswer<T>(response: Response, expected: Expected<T>): Promise<T> {
  await requireOwn(response, expected.serviceId);
  const { answer, size = SMALL, clock } = expected;
  clock.observe(response);
  if (!response.ok) {
    const refusal = await refusalOf(response, size);
    throw refusal instanceof ApiError ? clock.explain(refusal) : refusal;
  }
  if (answer === undefined) {
    if (response.status !== 204) throw await foreign(response, 'where nothing was to be said');
    // Without a shape nothing is read, and T is void.
    return undefined as T;
  }
  if (mediaTypeOf(response) !== 'application/json') throw await foreign(response, 'that is not JSON');
  const text = await readText(response, size.bytes);
  return answer(
    whole(() => parseJson(text, size.values)),
    '',
  );
}

/**
 * The body of the service's own answer that lasts.
 * @throws as readAnswer(); ClientError `client.stream-unavailable` where the service answers with something else
 */
export async function streamOf(
  response: Response,
  mediaType: string,
  serviceId: string,
): Promise<ReadableStream<Uint8Array>> {
  await requireOwn(response, serviceId);
  if (!response.ok) throw await refusalOf(response, SMALL);
  if (response.status === 200 && response.body !== null && mediaTypeOf(response) === mediaType) return response.body;
  await discard(response);
  throw new ClientError('client.stream-unavailable', `The server did not answer with ${mediaType}`);
}

async function requireOwn(response: Response, serviceId: string): Promise<void> {
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    await discard(response);
    const message = 'The request was answered with a redirect, which is not followed';
    throw new NetworkError('client.redirect-refused', message);
  }
  const named = serviceOfHeader(response.headers.get(SERVICE_HEADER) ?? '');
  if (named === null) throw await foreign(response, 'that is not from the service');
  if (named === serviceId) return;
  await discard(response);
  throw new ClientError('client.wrong-service', `The server calls itself "${named}" instead of "${serviceId}"`);
}

/** The service's own problem document. */
async function refusalOf(response: Response, size: AnswerSize): Promise<Error> {
  if (mediaTypeOf(response) !== 'application/problem+json') return foreign(response, 'that is not a problem document');
  const text = await readText(response, Math.max(size.bytes, SMALL.bytes));
  const body = whole(() => parseJson(text, Math.max(size.values, SMALL.values)));
  try {
    const problem = problemAnswer(body, '');
    if (problem.status === response.status) return new ApiError(response.status, problem, retryAfterOf(response), body);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
  }
  return foreign(response, 'that is not a problem document of the service');
}

async function foreign(response: Response, what: string): Promise<NetworkError> {
  await discard(response);
  const message = `An answer came (HTTP ${response.status}) ${what}: something in between has given it, or cut it off`;
  return new NetworkError('client.foreign-answer', message, {}, retryAfterOf(response));
}

/** What is no JSON has been cut off: the service sends none such. */
function whole(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof NotJson)) throw cause;
    throw new NetworkError('client.foreign-answer', 'The server’s answer was cut off or changed on its way', { cause });
  }
}

function retryAfterOf({ headers }: Response): number | undefined {
  return parseRetryAfter(headers.get('retry-after'), Date.now());
}

function mediaTypeOf({ headers }: Response): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Lets go of the connection. */
async function discard({ body }: Response): Promise<void> {
  if (body?.locked === false) await body.cancel().catch(() => undefined);
}

/** Reads no more than any honest answer has, so that a server cannot fill the memory. */
async function readText({ body }: Response, most: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = body.getReader();
  let text = '';
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decode(decoder);
    size += value.length;
    if (size > most) {
      await reader.cancel().catch(() => undefined);
      throw new ClientError('client.bad-answer', `The server’s answer is larger than ${most} bytes`);
    }
    text += decode(decoder, value);
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new NetworkError('client.foreign-answer', 'The server’s answer is not UTF-8', { cause });
  }
}
