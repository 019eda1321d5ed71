import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ArrayField, Base64UrlField, EnumField, OpenDocument, OpenRoute, Public } from '../../../core/http/index.js';
import type { PublicSigningJwk } from '../../../core/secrets/index.js';
import { SigningKeysService } from './access-tokens.service.js';

const COORDINATE_BYTES = 32;

export class JwkView implements PublicSigningJwk {
  @EnumField({ description: 'Key type.', values: ['EC'] })
  readonly kty: 'EC';

  @EnumField({ description: 'Curve.', values: ['P-256'] })
  readonly crv: 'P-256';

  @Base64UrlField({ description: 'Coordinate of the public key.', length: COORDINATE_BYTES })
  readonly x: string;

  @Base64UrlField({ description: 'Coordinate of the public key.', length: COORDINATE_BYTES })
  readonly y: string;

  @Base64UrlField({
    description: 'Names the key in the header of a token: its RFC 7638 thumbprint.',
    length: COORDINATE_BYTES,
  })
  readonly kid: string;

  @EnumField({ description: 'Algorithm.', values: ['ES256'] })
  readonly alg: 'ES256';

  @EnumField({ description: 'For signatures only.', values: ['sig'] })
  readonly use: 'sig';

  constructor(jwk: PublicSigningJwk) {
    this.kty = jwk.kty;
    this.crv = jwk.crv;
    this.x = jwk.x;
    this.y = jwk.y;
    this.kid = jwk.kid;
    this.alg = jwk.alg;
    this.use = jwk.use;
  }
}

/** RFC 7517. */
export class JwksView {
  @ArrayField(() => JwkView, {
    description: 'The key that signs now comes first; retired ones follow until no token of theirs can be valid.',
    minItems: 1,
    maxItems: 100,
  })
  readonly keys: readonly JwkView[];

  constructor(keys: readonly PublicSigningJwk[]) {
    this.keys = keys.map((key) => new JwkView(key));
  }
}

@ApiTags('auth')
@Public()
@Controller('.well-known/jwks.json')
export class JwksController {
  private kids = '';
  private document: OpenDocument | undefined;

  constructor(private readonly keys: SigningKeysService) {}

  @Get()
  @OpenRoute()
  @ApiOperation({
    operationId: 'getJwks',
    summary: 'Keys of access tokens',
    description: 'The public keys that verify access tokens (RFC 7517), for programs beside this server.',
  })
  @ApiOkResponse({ type: JwksView, description: 'The keys.' })
  async getJwks(@Res() reply: FastifyReply): Promise<void> {
    await this.currentDocument().send(reply);
  }

  /** Another one when a key is made, or when no token of a retired one can be valid any more. */
  private currentDocument(): OpenDocument {
    const keys = this.keys.published();
    const kids = keys.map(({ kid }) => kid).join(' ');
    if (this.document !== undefined && this.kids === kids) return this.document;
    this.kids = kids;
    this.document = new OpenDocument({
      type: 'application/json; charset=utf-8',
      // A verifier that meets an unknown kid asks again; short, because keys are rotated.
      caching: 'public, max-age=300',
      content: () => JSON.stringify(new JwksView(keys.map(({ publicJwk }) => publicJwk))),
    });
    return this.document;
  }
}
