import type { KeyObject } from 'node:crypto';
import { type DynamicModule, Module } from '@nestjs/common';

/** A public ES256 key as /.well-known/jwks.json shows it (RFC 7517). */
export interface PublicSigningJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** A key whose signatures are accepted. */
export interface VerificationKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** SPKI as PEM. */
  readonly publicPem: string | Buffer;
  readonly publicJwk: PublicSigningJwk;
  /** When another one took its place, Unix milliseconds; absent for the one that signs. */
  readonly retiredAt?: number;
}

/** The key that signs new access tokens. */
export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** The server's own secrets. None of them belongs to a user or opens anything of a user. */
export abstract class ServerSecrets {
  /** 32 bytes: the MAC of challenges (protocol section 4). */
  abstract readonly challengeKey: Uint8Array;
  /** 32 bytes: the salts of unknown loginIds (protocol section 4). */
  abstract readonly decoyKey: Uint8Array;
  /** 32 bytes: the MAC of refresh tokens, how one follows from the other, and what mailed claim tokens are derived from; of device tokens. */
  abstract readonly refreshKey: Uint8Array;
  /** The first one signs; retired ones only verify. */
  abstract readonly signingKeys: readonly [SigningKey, ...VerificationKey[]];
}

@Module({})
export class SecretsModule {
  static forRoot(secrets: ServerSecrets): DynamicModule {
    return {
      module: SecretsModule,
      global: true,
      providers: [{ provide: ServerSecrets, useValue: secrets }],
      exports: [ServerSecrets],
    };
  }
}
