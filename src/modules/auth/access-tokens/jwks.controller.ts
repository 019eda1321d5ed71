import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OpenDocument, OpenRoute, Public } from '../../../core/http/index.js';
import { JwksView } from './dto/jwks.view.js';
import { SigningKeysService } from './signing-keys.service.js';

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
