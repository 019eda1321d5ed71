import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

const NETWORK_PARTS = 4;

/**
 * Whoever is behind an address, as far as a limit can tell: an IPv4 address, or the /64 of an IPv6 address, since that
 * is the least a single customer gets. Anything else is taken as it is.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, NETWORK_PARTS);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}

/**
 * The `addressKey` of the request, as a handler's parameter of type `string`. Fastify looks at X-Forwarded-For only when
 * the connection comes from a trusted proxy.
 */
export const ClientAddress = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  addressKey(context.switchToHttp().getRequest<FastifyRequest>().ip),
);
