import { encodeBase64Url, sessionKeyJwk, utf8 } from '@sealpost/protocol';
import { randomBytes, sha256 } from '../crypto/primitives.js';

/** The key that a session is bound to. Where it can be, nobody gets its private half, this program included. */
export interface SessionKey {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** A detached Ed25519 signature. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** What a proof is about: one attempt of one request. */
export interface ProvenRequest {
  readonly method: string;
  readonly url: URL;
  /** The newest that the server has given; without one it answers with one. */
  readonly nonce: string | undefined;
  readonly accessToken: string | undefined;
}

/** Makes the header DPoP of a request. */
export type Prover = (request: ProvenRequest) => Promise<string>;

/** Proofs of RFC 9449 by a session key. */
export function proverOf(key: SessionKey): Prover {
  return async ({ method, url, nonce, accessToken }) => {
    const header = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: sessionKeyJwk(key.publicKey) };
    const claims = {
      jti: encodeBase64Url(randomBytes(16)),
      htm: method,
      htu: url.origin + url.pathname,
      // By a clock that may be wrong: the server goes by its nonce.
      iat: Math.max(0, Math.floor(Date.now() / 1000)),
      ...(nonce === undefined ? {} : { nonce }),
      ...(accessToken === undefined ? {} : { ath: encodeBase64Url(sha256(utf8(accessToken))) }),
    };
    const signed = `${partOf(header)}.${partOf(claims)}`;
    return `${signed}.${encodeBase64Url(await key.sign(utf8(signed)))}`;
  };
}

function partOf(members: object): string {
  return encodeBase64Url(utf8(JSON.stringify(members)));
}
