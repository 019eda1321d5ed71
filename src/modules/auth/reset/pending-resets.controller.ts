import { Body, Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { ApiProblems, type Caller, CurrentActor, CurrentUser } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { CancelResetsDto, PendingResetsView } from './dto/reset.dto.js';
import { ResetClaims } from './reset-claims.service.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account/resets')
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

  @Post('cancel')
  @RateLimit('rateLoginPerAddress')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'cancelResets',
    summary: 'Call pending resets off',
    description:
      'Makes every claim to the account void, whoever has its token, for a device that signs a challenge with the newest ' +
      'signing key of the account: the password need not be known. May be repeated, with a new challenge.',
  })
  @ApiNoContentResponse({ description: 'No reset is pending.' })
  @ApiProblems('auth.challenge-refused', 'auth.challenge-used', 'auth.proof-refused')
  async cancel(
    @CurrentUser() caller: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: CancelResetsDto,
  ): Promise<void> {
    await this.claims.cancelProven(caller, body, actor);
  }
}
