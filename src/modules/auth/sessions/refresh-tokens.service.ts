import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ByteReader, ByteWriter, concat, tag, uuidFromBytes, uuidToBytes } from '@sealpost/protocol';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { secretMac } from '../shared/secret-mac.js';
import type { SecretMac } from '../shared/secret-mac.js';
import type { PresentedToken } from './session.js';

/** sessionId 16 ‖ u32 generation ‖ secret 32 ‖ MAC 16. */
export const REFRESH_TOKEN_BYTES = 68;
export const REFRESH_SECRET_BYTES = 32;
const MAC_BYTES = 16;
const SIGNED_BYTES = REFRESH_TOKEN_BYTES - MAC_BYTES;

/** What an authentic refresh token says. Clients treat the token as opaque. */
export interface RefreshTokenContent {
  readonly sessionId: string;
  /** How often the token has rotated, from 0. */
  readonly generation: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export function encodeRefreshToken(content: RefreshTokenContent, mac: SecretMac): Uint8Array {
  const signed = new ByteWriter()
    .raw(uuidToBytes(content.sessionId, 'sessionId'))
    .u32(content.generation, 'generation')
    .fixed(content.secret, REFRESH_SECRET_BYTES, 'secret')
    .finish();
  return concat(signed, macOf(signed, mac));
}

/** null where this service did not make the token: nothing of it is believed, and no database is asked. */
export function decodeRefreshToken(token: Uint8Array, mac: SecretMac): RefreshTokenContent | null {
  if (token.length !== REFRESH_TOKEN_BYTES) return null;
  const signed = token.subarray(0, SIGNED_BYTES);
  if (!mac.equal(token.subarray(SIGNED_BYTES), macOf(signed, mac))) return null;
  const reader = new ByteReader(signed, 'refreshToken');
  return {
    sessionId: uuidFromBytes(reader.fixed(16, 'sessionId'), 'sessionId'),
    generation: reader.u32('generation'),
    secret: reader.fixed(REFRESH_SECRET_BYTES, 'secret'),
  };
}

/**
 * The token that follows an authentic one as that of a generation. It is derived rather than random, so that a client that
 * lost the answer gets the same one again although only its hash is stored, and so that the server can tell of which token
 * the newest is a successor. Without the server's key nobody can derive it.
 */
export function successorOf(token: Uint8Array, sessionId: string, generation: number, mac: SecretMac): Uint8Array {
  const number = new ByteWriter().u32(generation, 'generation').finish();
  const secret = mac.authenticate(concat(tag('refresh-next/v2'), token, number));
  return encodeRefreshToken({ sessionId, generation, secret }, mac);
}

/** The secret of a first token that can be made again, by the server together with whoever has the seed. */
export function firstSecretOf(sessionId: string, seed: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('refresh-first/v1'), uuidToBytes(sessionId, 'sessionId'), seed));
}

function macOf(signed: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('refresh/v1'), signed)).subarray(0, MAC_BYTES);
}

export interface HashedToken {
  readonly token: Uint8Array;
  readonly hash: Uint8Array;
}

/** An authentic token, and those that may follow it. */
export interface AuthenticToken extends PresentedToken {
  readonly sessionId: string;
  successorAt(generation: number): HashedToken;
}

@Injectable()
export class RefreshTokensService {
  private readonly mac: SecretMac;

  constructor(
    private readonly crypto: CryptoService,
    secrets: ServerSecrets,
  ) {
    this.mac = secretMac(crypto, secrets.refreshKey);
  }

  /**
   * The first token of a new session.
   * @param seed a secret that only the client keeps: the same one makes the same token again. Without it, random.
   */
  makeFirst(sessionId: string, seed?: Uint8Array): HashedToken {
    const secret = seed === undefined ? randomBytes(REFRESH_SECRET_BYTES) : firstSecretOf(sessionId, seed, this.mac);
    const token = encodeRefreshToken({ sessionId, generation: 0, secret }, this.mac);
    return { token, hash: this.crypto.sha256(token) };
  }

  /** null where this service did not make the token. */
  read(token: Uint8Array): AuthenticToken | null {
    const content = decodeRefreshToken(token, this.mac);
    if (content === null) return null;
    const { sessionId, generation } = content;
    const successorAt = (later: number): HashedToken => {
      const successor = successorOf(token, sessionId, later, this.mac);
      return { token: successor, hash: this.crypto.sha256(successor) };
    };
    return { sessionId, generation, hash: this.crypto.sha256(token), successorAt };
  }
}
