import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DPOP_HEADER, DPOP_NONCE_HEADER } from '@sealpost/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from './send-problem.js';

/** A proof of a session key (RFC 9449) as a request brings it, and what it has to be about. Nothing of it is verified. */
export interface PresentedProof {
  /** The header; undefined where there is none. */
  readonly proof: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The name that the client uses for the server, or that a trusted proxy says it does. */
  readonly host: string;
  /** The address of the server's end of the connection. */
  readonly localAddress: string | undefined;
  /** Gives the client a nonce for its next proofs. */
  readonly offerNonce: (nonce: string) => void;
}

export function presentedProof(context: ExecutionContext): PresentedProof {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const proof = request.headers[DPOP_HEADER];
  return {
    proof: typeof proof === 'string' ? proof : undefined,
    method: request.method,
    path: pathOf(request.raw.url ?? '/'),
    host: request.host,
    localAddress: request.socket.localAddress,
    offerNonce: (nonce) => void http.getResponse<FastifyReply>().header(DPOP_NONCE_HEADER, nonce),
  };
}

/** A handler's parameter of type `PresentedProof`; for routes that are `@TakesSessionProof()`. */
export const SessionProof = createParamDecorator((_: unknown, context: ExecutionContext) => presentedProof(context));
