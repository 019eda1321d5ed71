import { Body, Controller, Get, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS } from '@sealpost/protocol';
import type { CancelResetsRequestJson, PendingResetJson, PendingResetsJson } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  ArrayField,
  Base64UrlField,
  CurrentActor,
  CurrentUser,
  TextField,
  TimeField,
} from '../../../core/http/index.js';
import type { Caller, Decoded } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { ChallengeField } from '../shared/dto/auth-fields.js';
import type { ResetClaim } from './reset-claim.js';
import { ResetClaims } from './reset-claims.service.js';

const MOST_PENDING = 10_000;

export class CancelResetsDto implements Decoded<CancelResetsRequestJson, 'challenge' | 'proof'> {
  @ChallengeField('From POST /v1/auth/challenge, for the account’s own loginId.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `cancel-resets` by the newest signing key of the account.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

export class PendingResetView implements PendingResetJson {
  @TimeField({ description: 'When it was asked for.' })
  readonly requestedAt: number;

  @TextField({
    description: 'Families of product and operating system, as the client that asked called itself.',
    min: 1,
    max: 64,
    optional: true,
  })
  readonly client?: string;

  @TimeField({
    description: 'From when on it can be carried out; absent while it waits for an administrator.',
    optional: true,
  })
  readonly availableAt?: number;

  @TimeField({ description: 'When it is over.' })
  readonly expiresAt: number;

  constructor({ requestedAt, client, availableAt, expiresAt }: ResetClaim) {
    this.requestedAt = requestedAt;
    if (client !== null) this.client = client;
    if (availableAt !== null) this.availableAt = availableAt;
    this.expiresAt = expiresAt;
  }
}

export class PendingResetsView implements PendingResetsJson {
  @ArrayField(() => PendingResetView, { description: 'The newest first.', minItems: 0, maxItems: MOST_PENDING })
  readonly items: readonly PendingResetView[];

  constructor(claims: readonly ResetClaim[]) {
    this.items = claims.map((claim) => new PendingResetView(claim));
  }
}

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
