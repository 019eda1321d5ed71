import { Controller, Delete, Get, HttpCode, HttpStatus, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RefreshRequestJson, SessionJson, SessionListJson } from '@sealpost/protocol';
import type { Actor, OwnerProof } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  ArrayField,
  Base64UrlField,
  BooleanField,
  CurrentActor,
  CurrentUser,
  OwnersProof,
  TakesOwnerProof,
  TextField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Caller, Decoded } from '../../../core/http/index.js';
import { SESSION_NAME } from '../shared/dto/auth-fields.js';
import { MAX_SESSIONS_PER_ACCOUNT } from './session.js';
import type { Session } from './session.js';
import { SessionsService } from './sessions.service.js';

export class RefreshDto implements Decoded<RefreshRequestJson, 'refreshToken'> {
  @Base64UrlField({ description: 'The newest refresh token of the session.', minLength: 1, maxLength: 256 })
  readonly refreshToken!: Uint8Array;
}

export class SessionParams {
  @UuidField({ description: 'The id of one of your sessions.' })
  readonly id!: string;
}

export class SessionView implements SessionJson {
  @UuidField({ description: 'The session.' })
  readonly id: string;

  @TextField({
    description: 'As the client named it at the log-in; empty where it did not.',
    min: 0,
    max: SESSION_NAME.max,
  })
  readonly name: string;

  @TimeField({ description: 'Time of the log-in.' })
  readonly createdAt: number;

  @TimeField({ description: 'Time of the last refresh or of the log-in.' })
  readonly lastUsedAt: number;

  @TimeField({ description: 'When it ends unless it is refreshed.' })
  readonly expiresAt: number;

  @BooleanField({ description: 'Whether it is the session of this request.' })
  readonly current: boolean;

  constructor(session: Session, current: boolean) {
    this.id = session.id;
    this.name = session.name;
    this.createdAt = session.createdAt;
    this.lastUsedAt = session.refreshedAt;
    this.expiresAt = session.expiresAt;
    this.current = current;
  }
}

export class SessionListView implements SessionListJson {
  @ArrayField(() => SessionView, {
    description: 'The sessions that have not ended, the most recently used first.',
    minItems: 0,
    maxItems: MAX_SESSIONS_PER_ACCOUNT,
  })
  readonly items: readonly SessionView[];

  constructor(sessions: readonly Session[], currentId: string) {
    this.items = sessions.map((session) => new SessionView(session, session.id === currentId));
  }
}

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
