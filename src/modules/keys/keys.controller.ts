import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../core/accounts/index.js';
import { ApiProblems, BearerSuffices, CurrentActor, CurrentUser } from '../../core/http/index.js';
import type { Caller } from '../../core/http/index.js';
import { AccountRateLimit } from '../../core/rate-limit/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import { RepublishDto, RotateDto, RotateView, VaultView } from './dto/rotation.dto.js';
import {
  FindUserQuery,
  KeyChainView,
  KeyQueryDto,
  KeyQueryView,
  SendersDto,
  SendersView,
  UserKeysQuery,
  UserParams,
  UserVersionParams,
  UserView,
} from './dto/users.dto.js';
import { KeyLookupsService } from './key-lookups.service.js';
import { KeyRepublications } from './key-republications.service.js';
import { APPEND_PROBLEMS } from './keys.errors.js';
import { KeysService } from './keys.service.js';
import { LoginIdLookUps } from './login-id-look-ups.service.js';

@ApiTags('keys')
@ApiBearerAuth()
@Controller('v1')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    private readonly lookups: KeyLookupsService,
    private readonly loginIds: LoginIdLookUps,
    private readonly republications: KeyRepublications,
  ) {}

  @Get('users')
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'findUserByLoginId',
    summary: 'Look a user up by loginId',
    description:
      'Finds the user who has exactly this loginId: the id, the signature that binds the loginId to it, and the newest key statement. Verify all of it against the chain before you trust it. Look-ups that find nobody are scarce: while an account has none left, every look-up by loginId gets a 429.',
  })
  @ApiOkResponse({ type: UserView, description: 'The user.' })
  @ApiProblems('keys.user-not-found')
  async findUser(@CurrentUser() caller: Caller, @Query() { loginId }: FindUserQuery): Promise<UserView> {
    return new UserView(await this.loginIds.getUser(loginId, caller.userId));
  }

  @Get('users/:id/keys')
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'listUserKeys',
    summary: "Read the chain of a user's keys",
    description:
      'The statements of all versions, ascending, page by page. All of them stay readable for ever, also after the account was erased.',
  })
  @ApiOkResponse({ type: KeyChainView, description: 'A page of the chain.' })
  @ApiProblems('keys.user-not-found')
  async listKeys(@Param() { id }: UserParams, @Query() { after, limit }: UserKeysQuery): Promise<KeyChainView> {
    return new KeyChainView(await this.lookups.getChain(id, after, limit));
  }

  @Get('users/:id/keys/newest')
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'getNewestUserKeys',
    summary: "Read a user's newest keys",
    description: 'The newest statement: what to encrypt a message to, once it is verified against the chain.',
  })
  @ApiOkResponse({ type: KeyStatementView, description: 'The newest statement.' })
  @ApiProblems('keys.user-not-found')
  async getNewestKeys(@Param() { id }: UserParams): Promise<KeyStatementView> {
    return this.lookups.getNewest(id);
  }

  @Get('users/:id/keys/:version')
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'getUserKeysVersion',
    summary: "Read one version of a user's keys",
    description: 'The statement of this version. It never changes.',
  })
  @ApiOkResponse({ type: KeyStatementView, description: 'The statement.' })
  @ApiProblems('keys.user-not-found', 'keys.version-not-found')
  async getKeysVersion(@Param() { id, version }: UserVersionParams): Promise<KeyStatementView> {
    return new KeyStatementView(await this.lookups.getVersion(id, version));
  }

  @Post('keys/query')
  @BearerSuffices()
  @HttpCode(HttpStatus.OK)
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'queryKeys',
    summary: 'Read the newest keys of many users',
    description: 'The newest statements of up to 100 users at once. Users that do not exist are listed, not refused.',
  })
  @ApiOkResponse({ type: KeyQueryView, description: 'The newest statements.' })
  async query(@Body() { userIds }: KeyQueryDto): Promise<KeyQueryView> {
    return new KeyQueryView(userIds, await this.lookups.findNewest(userIds));
  }

  @Post('keys/senders')
  @HttpCode(HttpStatus.OK)
  @BearerSuffices()
  @AccountRateLimit('rateLookupPerAccount')
  @ApiOperation({
    operationId: 'findSenders',
    summary: 'Learn who wrote what lies in the mailbox',
    description:
      'The loginIds of those who have written the entries at these sequences of the caller’s mailbox, each with the signature that binds it to the user: verify it against the chain. Places where nothing lies any more, and senders whose accounts were erased, are passed over. Of nobody else is a loginId told by userId.',
  })
  @ApiOkResponse({ type: SendersView, description: 'The senders, each once.' })
  async findSenders(@CurrentUser() caller: Caller, @Body() { sequences }: SendersDto): Promise<SendersView> {
    return new SendersView(await this.lookups.findSenders(caller.userId, sequences));
  }

  @Post('keys')
  @AccountRateLimit('rateRotatePerAccount')
  @ApiOperation({
    operationId: 'rotateKeys',
    summary: "Rotate one's own keys",
    description:
      'Accepts the statement of version n+1, signed by its own signing key and by that of version n, together with the vault that was rewritten for it: both or nothing. Repeating a statement is safe at any time: it is answered with 200 and what is stored. Another statement for an existing version, or a vaultVersion that is not the next one, is a conflict; the 409 carries the newest statement as `head` and the current `vaultVersion`. A statement that declares earlier keys compromised is a new root, and needs `handleSignature`. Statements with the recovery flag are not accepted here.',
  })
  @ApiCreatedResponse({ type: RotateView, description: 'The new version.' })
  @ApiOkResponse({ type: RotateView, description: 'A repetition: the version as it was stored before.' })
  @ApiProblems(...APPEND_PROBLEMS)
  async rotate(
    @CurrentUser() caller: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: RotateDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RotateView> {
    const result = await this.keys.rotate(caller.userId, body, actor);
    reply.status(result.created ? HttpStatus.CREATED : HttpStatus.OK);
    return new RotateView(result);
  }

  @Post('keys/republish')
  @HttpCode(HttpStatus.OK)
  @AccountRateLimit('rateRotatePerAccount')
  @ApiOperation({
    operationId: 'republishKeys',
    summary: 'Give the server back the key statements that it lost',
    description:
      'After the service was restored from a backup, a client that still holds later statements of its own publishes them again, as they were, with the vault that belongs to the newest: all or nothing. Contacts who have pinned them notice nothing. Statements that are stored are passed over, so that a repetition is safe. Another statement for a stored version is a conflict. Statements with the recovery flag are not accepted.',
  })
  @ApiOkResponse({ type: RotateView, description: 'The newest version, and the version of the stored vault.' })
  @ApiProblems(...APPEND_PROBLEMS)
  async republish(
    @CurrentUser() caller: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: RepublishDto,
  ): Promise<RotateView> {
    return new RotateView(await this.republications.republish(caller.userId, body, actor));
  }

  @Get('vault')
  @ApiOperation({
    operationId: 'getVault',
    summary: "Read one's own vault",
    description: 'The encrypted vault of all private seeds, as it was stored by the last rotation.',
  })
  @ApiOkResponse({ type: VaultView, description: 'The vault.' })
  async getVault(@CurrentUser() caller: Caller): Promise<VaultView> {
    return new VaultView(await this.keys.getVault(caller.userId));
  }
}
