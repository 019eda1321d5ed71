import { encodeBase64Url } from './base64url.js';
import { ByteWriter, utf8 } from './bytes.js';
import { LENGTHS } from './limits.js';

/** Header of a proof that a request comes from the holder of the session key (RFC 9449). */
export const DPOP_HEADER = 'dpop';
/** Header of the server's nonce for the next proofs. */
export const DPOP_NONCE_HEADER = 'dpop-nonce';

/**
 * What a service asks for. `optional`: a session may be bound to a key, and then whatever outlives its access token needs a
 * proof. `required`: every session is. `everywhere`: and every request needs a proof.
 */
export const DPOP_MODES = ['optional', 'required', 'everywhere'] as const;
export type DpopMode = (typeof DPOP_MODES)[number];

/** A session key as the header of a proof names it (RFC 8037): exactly these members. */
export interface SessionKeyJwk {
  readonly crv: 'Ed25519';
  readonly kty: 'OKP';
  /** The public key, base64url. */
  readonly x: string;
}

/** @param publicKey Ed25519, 32 bytes */
export function sessionKeyJwk(publicKey: Uint8Array): SessionKeyJwk {
  return { crv: 'Ed25519', kty: 'OKP', x: encodeBase64Url(publicKey) };
}

/** What the RFC 7638 thumbprint of a session key is the SHA-256 of: its members in alphabetical order, without spaces. */
export function sessionKeyThumbprintBytes(publicKey: Uint8Array): Uint8Array {
  return utf8(JSON.stringify(sessionKeyJwk(publicKey)));
}

/**
 * The fields of action `login` for a session that is bound to a key: lp(thumbprint). Without a key the payloadHash is
 * zeros instead.
 * @param thumbprint 32 bytes
 */
export function encodeLoginFields(thumbprint: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u16(LENGTHS.thumbprint, 'thumbprint')
    .fixed(thumbprint, LENGTHS.thumbprint, 'thumbprint')
    .finish();
}
