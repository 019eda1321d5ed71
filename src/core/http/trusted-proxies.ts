import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Whether an address is one of the proxies whose forwarding headers are believed. */
export type ProxyTest = (address: string) => boolean;

/** @param ranges addresses and CIDR ranges, as the setting has them */
export function trustedProxyTest(ranges: readonly string[]): ProxyTest {
  const parsed = ranges.map((range) => {
    if (range.includes('/')) return ipaddr.parseCIDR(range);
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
  });
  return (address) => {
    if (parsed.length === 0 || !ipaddr.isValid(address)) return false;
    const parsedAddress = ipaddr.process(address);
    return parsed.some(
      ([network, bits]) => network.kind() === parsedAddress.kind() && parsedAddress.match(network, bits),
    );
  };
}

/** `192.0.2.1:49152`, `[2001:db8::1]:49152` and `[2001:db8::1]`, as some proxies write an address. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/;

/** The address in an item of the list, without port, brackets and quotes; null where it names none. */
function addressOf(item: string): string | null {
  const text = item.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const address = bracketed ?? dotted ?? text;
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return isAddress ? address : null;
}

/**
 * Rewrites X-Forwarded-For to bare addresses. The list is read from its end, where the nearest proxy wrote: what stands
 * before an item that is no address (`unknown`, a name that hides one) is nothing that anybody vouched for, so the proxy
 * that wrote the item stands for its clients. Otherwise each port, and each invented word, would be a client of its own.
 */
export function tidyForwardedAddresses({ headers }: IncomingMessage): void {
  const value = headers['x-forwarded-for'];
  if (value === undefined) return;
  const items = [value].flat().join(',').split(',');
  const addresses = items.filter((item) => item.trim() !== '').map(addressOf);
  const known = addresses.slice(addresses.lastIndexOf(null) + 1);
  if (known.length === 0) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = known.join(', ');
}

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
