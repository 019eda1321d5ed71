import { ArrayField, Base64UrlField, EnumField } from '../../../../core/http/index.js';
import type { PublicSigningJwk } from '../../../../core/secrets/index.js';

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
