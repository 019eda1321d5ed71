import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsDivisibleBy } from 'class-validator';
import { ApiProblems, type Caller, Clock, CurrentUser, DomainError, IntegerField, UuidField } from 'sealpost';
import { AwayNoticesRepository } from './away-notices.repository.js';

/** The year 9999: what comes later is a mistake. */
const LATEST = 253_370_764_800_000;

const NO_NOTICE = { code: 'x-away.no-notice', status: 404 } as const;

class AwayNotice {
  @IntegerField({
    min: 0,
    max: LATEST,
    description: 'Until when, in Unix milliseconds: a full minute.',
    example: 1_893_456_000_000,
  })
  @IsDivisibleBy(60_000, { message: 'must be a full minute' })
  readonly until!: number;
}

class UserParams {
  @UuidField({ description: 'A user.', example: '018f4e7e-7b7a-7c3e-9c5c-00000000000b' })
  readonly userId!: string;
}

@ApiTags('away notices')
@ApiBearerAuth()
@Controller('v1/away')
export class AwayNoticesController {
  constructor(
    private readonly notices: AwayNoticesRepository,
    private readonly clock: Clock,
  ) {}

  @Put()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'putAwayNotice',
    summary: 'Say that you are away',
    description: 'Tells everybody who asks until when you are away. A new notice replaces the old one.',
  })
  @ApiNoContentResponse({ description: 'The notice stands.' })
  @ApiProblems()
  async put(@CurrentUser() caller: Caller, @Body() { until }: AwayNotice): Promise<void> {
    await this.notices.put(caller.userId, until);
  }

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'deleteAwayNotice',
    summary: 'Say that you are back',
    description: 'Removes your notice, if there is one.',
  })
  @ApiNoContentResponse({ description: 'There is no notice.' })
  @ApiProblems()
  async remove(@CurrentUser() caller: Caller): Promise<void> {
    await this.notices.remove(caller.userId);
  }

  @Get(':userId')
  @ApiOperation({
    operationId: 'getAwayNotice',
    summary: 'Ask whether somebody is away',
    description: 'The notice of a user, as long as it lasts.',
  })
  @ApiOkResponse({ type: AwayNotice, description: 'Until when the user is away.' })
  @ApiProblems(NO_NOTICE)
  async get(@Param() { userId }: UserParams): Promise<{ readonly until: number }> {
    const until = await this.notices.findEnd(userId, this.clock.now());
    if (until === null) throw new DomainError(NO_NOTICE, 'This user has not said to be away.');
    return { until };
  }
}
