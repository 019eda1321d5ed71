import { Controller, Delete, Get, HttpCode, HttpStatus } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { type Caller, CurrentActor, CurrentUser } from '../../../core/http/index.js';
import { PendingResetsView } from './dto/reset.dto.js';
import { ResetClaims } from './reset-claims.service.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account/reset')
export class PendingResetsController {
  constructor(private readonly claims: ResetClaims) {}

  @Get()
  @ApiOperation({
    operationId: 'listPendingResets',
    summary: 'List resets that are pending',
    description:
      "Who has asked for a reset of the caller's own account that is neither carried out nor over. Show them to the user: " +
      'if it was somebody else, call them off.',
  })
  @ApiOkResponse({ type: PendingResetsView, description: 'The newest first.' })
  async list(@CurrentUser() { userId }: Caller): Promise<PendingResetsView> {
    return new PendingResetsView(await this.claims.listPending(userId));
  }

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'cancelResets',
    summary: 'Call pending resets off',
    description: 'Makes every claim to the account void, whoever has its token. May be repeated.',
  })
  @ApiNoContentResponse({ description: 'No reset is pending.' })
  async cancel(@CurrentUser() { userId }: Caller, @CurrentActor() actor: Actor): Promise<void> {
    await this.claims.cancel(userId, actor);
  }
}
