import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors.js';
import { InputError } from './input-error.js';

/** RFC 9110, section 8.3: `token/token`, then parameters, each of which may be missing after its semicolon. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})((?:[ \\t]*;.*)?)$`);
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`, 'y');

/** Labels of UTF-8 in the Encoding Standard that clients use. */
const UTF_8: ReadonlySet<string> = new Set(['utf-8', 'utf8']);

/** The value of each `charset`, in lower case; null where the parameters cannot be read. */
function charsetsOf(parameters: string): string[] | null {
  const charsets: string[] = [];
  for (PARAMETER.lastIndex = 0; PARAMETER.lastIndex < parameters.length;) {
    const [whole, name, token, quoted] = PARAMETER.exec(parameters) ?? [];
    if (whole === undefined) return null;
    if (name?.toLowerCase() === 'charset') charsets.push((token ?? quoted ?? '').replace(/\\(.)/g, '$1').toLowerCase());
  }
  return charsets;
}

/** Whether a Content-Type is JSON in UTF-8. Parameters that JSON does not have mean nothing (RFC 8259, section 11). */
export function isJsonInUtf8(contentType: string): boolean {
  const [, type, parameters = ''] = MEDIA_TYPE.exec(contentType) ?? [];
  if (type?.toLowerCase() !== 'application/json') return false;
  return charsetsOf(parameters.trimEnd())?.every((charset) => UTF_8.has(charset)) ?? false;
}

const JSON_MEDIA_TYPE = 'application/json';
/** Fastify does not read a body of these. */
const BODYLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Called with the reason where the body is refused, and without one where the request may go on. */
type Verdict = (refusal?: Error) => void;

function unexpectedBody(method: string): InputError {
  return new InputError(
    [{ pointer: '', detail: `a ${method} request takes no body` }],
    `A ${method} request takes no body.`,
  );
}

function unsupported(detail: string): DomainError {
  return new DomainError('request.unsupported-media-type', detail);
}

/** Why a body in the form that the headers announce cannot be read, or null. */
function refusalOfForm(request: FastifyRequest): Error | null {
  const { headers, method } = request;
  if (BODYLESS.has(method)) return unexpectedBody(method);
  const { 'content-type': mediaType, 'content-encoding': encoding = '' } = headers;
  // No DELETE route takes a body, but for the empty object that some clients send with each (RFC 9110, section 9.3.5).
  if (mediaType === undefined && method === 'DELETE') return unexpectedBody(method);
  if (mediaType === undefined || !isJsonInUtf8(mediaType)) {
    return unsupported('The body must be application/json in UTF-8.');
  }
  return ['', 'identity'].includes(encoding.trim().toLowerCase())
    ? null
    : unsupported('The body must not have a content encoding.');
}

/** The request as if its headers announced no body, which there is not. */
function withoutBody({ raw }: FastifyRequest): void {
  delete raw.headers['transfer-encoding'];
  delete raw.headers['content-length'];
  delete raw.headers['content-type'];
}

/**
 * Waits for the first byte of a body of unknown length, or for its end. Some proxies announce such a body for every
 * request, and then send none.
 */
function whenBodyBegins(raw: IncomingMessage, tell: (isEmpty: boolean) => void): void {
  const settle = (isEmpty: boolean) => (): void => {
    raw.off('data', onData).off('close', onData).off('end', onEnd);
    tell(isEmpty);
  };
  // What follows the first byte is read and dropped, so that the connection is free for the next request.
  const onData = settle(false);
  const onEnd = settle(true);
  raw.on('data', onData).on('close', onData).on('end', onEnd);
}

/** Refuses a body that the route cannot take, before a byte of it is kept. A body that is empty is none. */
export function checkBody(request: FastifyRequest, verdict: Verdict): void {
  const { headers, raw } = request;
  const isChunked = headers['transfer-encoding'] !== undefined;
  const length = headers['content-length'] ?? '0';
  if (!isChunked && Number(length) === 0) {
    if (length !== '0' || headers['content-type'] !== undefined) withoutBody(request);
    verdict();
    return;
  }
  const refusal = refusalOfForm(request);
  if (refusal === null) {
    // The parameters mean nothing to the parser either.
    headers['content-type'] = JSON_MEDIA_TYPE;
    verdict();
  } else if (!isChunked) verdict(refusal);
  else {
    whenBodyBegins(raw, (isEmpty) => {
      if (isEmpty) withoutBody(request);
      verdict(isEmpty ? undefined : refusal);
    });
  }
}
