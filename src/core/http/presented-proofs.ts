import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import {
  decodeBase64Url,
  DEVICE_HEADER,
  DPOP_HEADER,
  DPOP_NONCE_HEADER,
  LENGTHS,
  SIGNING_PROOF_HEADER,
} from '@sealpost/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OwnerProof } from '../accounts/index.js';
import type { Caller } from './caller.js';
import { ApiProblems } from './openapi/api-problems.js';
import { pathOf } from './problem.js';

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

/**
 * Documents a route that asks for `OwnerProofs`.
 * @param hasChallenge whether what is signed begins with a challenge
 */
export function TakesOwnerProof(hasChallenge = true): MethodDecorator {
  const form = hasChallenge ? 'challenge and signature in base64url, with a dot between them' : 'in base64url';
  return applyDecorators(
    ApiHeader({
      name: 'Sealpost-Proof',
      required: false,
      description:
        `For sessions that are bound to no key: proof of the action by the newest signing key of the account (protocol ` +
        `section 4), ${form}. A session that is bound to a key brings a proof of that key, and nothing here.`,
      schema: {
        type: 'string',
        maxLength: 256,
        pattern: hasChallenge ? '^[\\w-]{43}\\.[\\w-]{86}$' : '^[\\w-]{86}$',
      },
    }),
    ApiProblems(
      'auth.proof-required',
      'auth.proof-refused',
      ...(hasChallenge ? (['auth.challenge-refused', 'auth.challenge-used'] as const) : []),
    ),
  );
}

/** What the header says, as far as it has the form of a proof. */
function signatureOf(header: unknown): Omit<OwnerProof, 'isBound' | 'sessionId'> {
  if (typeof header !== 'string') return {};
  const parts = header.split('.');
  const signature = decodeBase64Url(parts.pop() ?? '');
  if (signature?.length !== LENGTHS.signature || parts.length > 1) return {};
  const [part] = parts;
  if (part === undefined) return { signature };
  const challenge = decodeBase64Url(part);
  return challenge?.length === LENGTHS.challenge ? { signature, challenge } : {};
}

/** A handler's parameter of type `OwnerProof`; for routes that are `@TakesOwnerProof()`. */
export const OwnersProof = createParamDecorator((_: unknown, context: ExecutionContext): OwnerProof => {
  const request = context.switchToHttp().getRequest<FastifyRequest & { readonly user?: Caller }>();
  const { user } = request;
  if (user === undefined) throw new Error('@OwnersProof() was used on a route without an authenticated caller');
  const { sessionId, isProven: isBound } = user;
  return { sessionId, isBound, ...signatureOf(request.headers[SIGNING_PROOF_HEADER]) };
});

/** A handler's parameter of type `string | undefined`: the device token that the request brings. Nothing of it is verified. */
export const DeviceToken = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined => {
  const token = context.switchToHttp().getRequest<FastifyRequest>().headers[DEVICE_HEADER];
  return typeof token === 'string' ? token : undefined;
});

/** For routes that look at `@DeviceToken()`. */
export function TakesDeviceToken(): MethodDecorator {
  return ApiHeader({
    name: 'Sealpost-Device',
    required: false,
    description:
      'The `deviceToken` of an earlier session of this account, not more than 180 days old: the attempt then counts ' +
      'towards a limit of the known device, and not towards that of the loginId, which strangers can use up. Any other ' +
      'value is passed over.',
    schema: { type: 'string', maxLength: 256, pattern: '^[\\w-]+$' },
  });
}
