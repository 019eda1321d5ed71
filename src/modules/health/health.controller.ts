import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, IgnoresQuery, Public } from '../../core/http/index.js';
import { HealthView } from './dto/health.view.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @IgnoresQuery()
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Whether the process answers',
    description: 'For the supervisor that restarts the server. It looks at nothing else, the database least of all.',
  })
  @ApiOkResponse({ type: HealthView, description: 'The process answers.' })
  live(): HealthView {
    return new HealthView();
  }

  @Get('ready')
  @IgnoresQuery()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether requests can be served',
    description:
      'For the load balancer that sends requests: the database answers and takes messages, and the server is not about ' +
      'to stop. Otherwise a problem with status 503.',
  })
  @ApiOkResponse({ type: HealthView, description: 'Requests can be served.' })
  @ApiProblems('server.unavailable')
  async ready(): Promise<HealthView> {
    await this.health.checkReadiness();
    return new HealthView();
  }
}
