import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Settings } from '../config/index.js';
import { Public } from '../http/index.js';
import { ServiceView } from './service.view.js';

@ApiTags('service')
@Public()
@Controller('v1/service')
export class ServiceInfoController {
  private readonly view: ServiceView;

  constructor(settings: Settings) {
    this.view = new ServiceView(settings);
  }

  @Get()
  @ApiOperation({
    operationId: 'getService',
    summary: 'What this service is',
    description: 'Its name, the version of its protocol, who may register, the suites it accepts, and its limits.',
  })
  @ApiOkResponse({ type: ServiceView, description: 'The service.' })
  describe(): ServiceView {
    return this.view;
  }
}
