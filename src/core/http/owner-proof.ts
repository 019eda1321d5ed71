import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { decodeBase64Url, LENGTHS, SIGNING_PROOF_HEADER } from '@sealpost/protocol';
import type { FastifyRequest } from 'fastify';
import type { OwnerProof } from '../accounts/index.js';
import type { Caller } from './caller.js';
import { ApiProblems } from './openapi/api-problems.js';

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
