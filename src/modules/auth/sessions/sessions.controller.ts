import { Controller, Delete, Get, HttpCode, HttpStatus, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor, OwnerProof } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  type Caller,
  CurrentActor,
  CurrentUser,
  OwnersProof,
  TakesOwnerProof,
} from '../../../core/http/index.js';
import { SessionListView, SessionParams } from './dto/sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('v1/account/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List sessions',
    description: 'Where the caller is logged in.',
  })
  @ApiOkResponse({ type: SessionListView, description: 'The sessions that have not ended.' })
  async list(@CurrentUser() { userId, sessionId }: Caller): Promise<SessionListView> {
    return new SessionListView(await this.sessions.list(userId), sessionId);
  }

  @Delete(':id')
  @TakesOwnerProof()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'revokeSession',
    summary: 'End a session',
    description:
      'Ends one of the caller’s sessions. Its tokens stop working, on other replicas within seconds. ' +
      'Another session than that of the request is ended for the owner of the account only: an access token is not enough. ' +
      'The action that is proven is `end-session`.',
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiProblems('auth.session-not-found')
  async revoke(
    @CurrentUser() { userId }: Caller,
    @CurrentActor() actor: Actor,
    @Param() { id }: SessionParams,
    @OwnersProof() proof: OwnerProof,
  ): Promise<void> {
    await this.sessions.revoke({ userId, sessionId: id, proof }, actor);
  }
}
