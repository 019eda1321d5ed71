import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ProxyTest } from './trusted-proxies.js';

export const REQUEST_ID_HEADER = 'x-request-id';

/** What proxies send: UUIDs, ULIDs, hexadecimal and the like. Goes into headers and logs, so nothing else. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/;

/** The id of a trusted proxy where it sends a well-formed one, a new one otherwise. */
export function requestIds(isTrustedProxy: ProxyTest): (request: IncomingMessage) => string {
  return (request) => {
    const incoming = request.headers[REQUEST_ID_HEADER];
    if (typeof incoming !== 'string' || !WELL_FORMED.test(incoming)) return randomUUID();
    return isTrustedProxy(request.socket.remoteAddress ?? '') ? incoming : randomUUID();
  };
}
