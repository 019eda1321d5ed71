import { DPOP_NONCE_HEADER } from '@sealpost/protocol';
import { DomainError } from '../../../core/errors.js';

type Reason = 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce';

function refusal(
  code: 'auth.dpop-required' | 'auth.dpop-nonce' | 'auth.dpop-refused',
  reason: Reason,
  detail: string,
  nonce: string,
): DomainError {
  const headers = {
    'www-authenticate': `DPoP realm="sealpost", algs="EdDSA", error="${reason}"`,
    [DPOP_NONCE_HEADER]: nonce,
  };
  return new DomainError(code, detail, { headers });
}

export function dpopRequired(nonce: string): DomainError {
  const detail = 'This needs a session that is bound to a key, and a proof of that key in the header DPoP.';
  return refusal('auth.dpop-required', 'invalid_token', detail, nonce);
}

export function dpopNonce(nonce: string): DomainError {
  const detail = 'Make a new proof, with the nonce of the header DPoP-Nonce.';
  return refusal('auth.dpop-nonce', 'use_dpop_nonce', detail, nonce);
}

/** @param fault what is wrong with the proof */
export function dpopRefused(fault: string, nonce: string): DomainError {
  return refusal(
    'auth.dpop-refused',
    'invalid_dpop_proof',
    `The proof in the header DPoP was refused: ${fault}.`,
    nonce,
  );
}

export function tooManyProofs(): DomainError {
  return new DomainError(
    'server.overloaded',
    'More proofs came within two minutes than the server remembers. Try again later.',
    { retryAfterSeconds: 60 },
  );
}
