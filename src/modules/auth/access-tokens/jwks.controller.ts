import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../../core/http/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { JwksView } from './dto/jwks.view.js';

@ApiTags('auth')
@Public()
@Controller('.well-known/jwks.json')
export class JwksController {
  private readonly view: JwksView;

  constructor(secrets: ServerSecrets) {
    this.view = new JwksView(secrets.signingKeys.map(({ publicJwk }) => publicJwk));
  }

  @Get()
  // A verifier that meets an unknown kid asks again; short, because keys are rotated.
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    operationId: 'getJwks',
    summary: 'Keys of access tokens',
    description: 'The public keys that verify access tokens (RFC 7517), for programs beside this server.',
  })
  @ApiOkResponse({ type: JwksView, description: 'The keys.' })
  getJwks(): JwksView {
    return this.view;
  }
}
