import type { Fetch } from '@sealpost/client';
import { SERVICE_HEADER, serviceHeader } from '@sealpost/protocol';

/** What the service itself could have answered. */
export function serviceAnswer(
  serviceId: string,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const mediaType = status < 400 ? 'application/json' : 'application/problem+json';
  const own = { 'content-type': mediaType, [SERVICE_HEADER]: serviceHeader(serviceId, '0.0.0') };
  return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { ...own, ...headers } });
}

/** A refusal by the service itself. */
export function serviceProblem(
  serviceId: string,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return serviceAnswer(serviceId, status, problemOf(status, code), headers);
}

export function problemOf(status: number, code: string): Readonly<Record<string, unknown>> {
  return { type: `/problems/${code}`, title: code, status, detail: 'Refused', instance: 'urn:x', code };
}

/** A page that something between a client and the service shows in its place. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = '<html><h1>Something went wrong</h1></html>';

/** Pages as gateways, captive portals and firewalls show them. */
export const GATEWAY_PAGES: readonly Page[] = [
  ...[200, 400, 401, 403, 404, 409, 410, 413, 421, 429, 431, 500, 502, 503, 504].map((status) => ({
    status,
    type: 'text/html',
    body: HTML,
  })),
  { status: 403, type: 'application/json', body: '{"message":"Forbidden"}' },
  { status: 404, type: 'application/problem+json', body: '{"type":"about:blank","title":"Not Found","status":404}' },
  { status: 204, type: 'text/html', body: '' },
  { status: 302, type: 'text/html', body: '', headers: { location: 'https://portal.example/' } },
];

/**
 * A network that loses the first answer of each request that matches `lost`, and shows a gateway's page for everything
 * that comes after it, for as long as `during` says.
 */
export function lostThenPage(lost: RegExp, page: Page, during: { over: boolean }): Fetch {
  let isLost = false;
  return async (input, init) => {
    if (isLost && !during.over) return pageResponse(page);
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (isLost || !lost.test(`${init?.method ?? 'GET'} ${pathname}`)) return response;
    isLost = true;
    await response.arrayBuffer();
    throw new TypeError('fetch failed: the connection was cut');
  };
}

/** A network by which the requests that match never reach the service. */
export function unreachedThenPage(unreached: RegExp, page: Page, during: { over: boolean }): Fetch {
  let isPage = false;
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    isPage ||= unreached.test(`${init?.method ?? 'GET'} ${pathname}`);
    return isPage && !during.over ? pageResponse(page) : fetch(input, init);
  };
}

/** @param own what the page has of the service's own headers */
export function pageResponse(
  { status, type, body, headers }: Page,
  own: Readonly<Record<string, string>> = {},
): Response {
  return new Response(status === 204 ? null : body, { status, headers: { ...own, 'content-type': type, ...headers } });
}
