import { Controller, Get, Module, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Settings } from '../config/index.js';
import { OpenDocument, OpenRoute, Public } from '../http/index.js';
import { ServiceView } from './service.view.js';

@ApiTags('service')
@Public()
@Controller('v1/service')
export class ServiceInfoController {
  private readonly document: OpenDocument;

  constructor(settings: Settings) {
    this.document = new OpenDocument({
      type: 'application/json; charset=utf-8',
      caching: 'no-cache',
      content: () => JSON.stringify(new ServiceView(settings)),
    });
  }

  @Get()
  @OpenRoute()
  @ApiOperation({
    operationId: 'getService',
    summary: 'What this service is',
    description: 'Its name, the version of its protocol, who may register, the suites it accepts, and its limits.',
  })
  @ApiOkResponse({ type: ServiceView, description: 'The service.' })
  async describe(@Res() reply: FastifyReply): Promise<void> {
    await this.document.send(reply);
  }
}

@Module({ controllers: [ServiceInfoController] })
export class ServiceInfoModule {}
