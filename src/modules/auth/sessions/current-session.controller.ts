import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  CurrentActor,
  CurrentUser,
  Public,
  SessionProof,
  TakesSessionProof,
} from '../../../core/http/index.js';
import type { Caller, PresentedProof } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { TokensView } from './dto/tokens.view.js';
import { RefreshDto } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';

/** What a client does with its own session. */
@ApiTags('auth')
@Controller('v1/auth')
export class CurrentSessionController {
  constructor(private readonly sessions: SessionsService) {}

  @Post('refresh')
  @Public()
  @TakesSessionProof()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateRefreshPerAddress')
  @ApiOperation({
    operationId: 'refresh',
    summary: 'Exchange a refresh token',
    description:
      'Gives a new access token and replaces the refresh token. The replaced one may be repeated by a client that ' +
      'lost the answer, until its successor was used: for 30 seconds it yields the same one, later another that takes ' +
      'the place of the first. Any other token that was used before ends the ' +
      'session, because somebody else must have had it. A session that is bound to a key owes a proof of it (header ' +
      'DPoP); without one nothing happens.',
  })
  @ApiOkResponse({ type: TokensView, description: 'The new tokens.' })
  @ApiProblems('auth.refresh-refused', 'auth.refresh-reused', 'auth.session-ended')
  async refresh(
    @CurrentActor() actor: Actor,
    @SessionProof() proof: PresentedProof,
    @Body() body: RefreshDto,
  ): Promise<TokensView> {
    return new TokensView(await this.sessions.refresh(body.refreshToken, proof, actor));
  }

  @Post('logout')
  @ApiBearerAuth()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'logout',
    summary: 'Log out',
    description: 'Ends the session of this request. Its tokens stop working, on other replicas within seconds.',
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  async logOut(@CurrentUser() { userId, sessionId }: Caller, @CurrentActor() actor: Actor): Promise<void> {
    await this.sessions.logOut(userId, sessionId, actor);
  }
}
