import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { Settings } from '../../../core/config/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  CurrentActor,
  DeviceToken,
  Public,
  TakesDeviceToken,
} from '../../../core/http/index.js';
import { ClientAddress, RateLimit } from '../../../core/rate-limit/index.js';
import { APPEND_PROBLEMS } from '../../keys/index.js';
import { AccountReset } from './account-reset.service.js';
import {
  OpenedResetView,
  OpenResetDto,
  ResetClaimDto,
  ResetClaimView,
  ResetKeysDto,
  ResetKeysView,
} from './dto/reset.dto.js';
import { ResetRequests } from './reset-requests.service.js';

const CLAIM_PROBLEMS = [
  'auth.reset-off',
  'auth.claim-refused',
  'auth.claim-not-ready',
  'auth.account-disabled',
] as const;

@ApiTags('auth')
@Public()
@AnswersAtFixedTime()
@Controller('v1/auth/reset')
export class ResetController {
  constructor(
    private readonly requests: ResetRequests,
    private readonly accountReset: AccountReset,
    private readonly settings: Settings,
  ) {}

  @Post('claim')
  @TakesDeviceToken()
  @HttpCode(HttpStatus.ACCEPTED)
  @RateLimit('rateResetPerAddress')
  @ApiOperation({
    operationId: 'claimReset',
    summary: 'Ask for the reset of an account',
    description:
      'For who has lost the password and the recovery key. By the setting of the service a claim token is mailed to the ' +
      'loginId, or an administrator is asked, or both. The answer is the same for every loginId, and is given before it ' +
      'is looked at whether anybody has it. The history of the account tells of it, and its signed-in devices can call ' +
      'it off.',
  })
  @ApiAcceptedResponse({ type: ResetClaimView, description: 'What happens next, if there is such an account.' })
  @ApiProblems('auth.reset-off', 'server.overloaded')
  async claim(
    @CurrentActor() actor: Actor,
    @ClientAddress() address: string,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: ResetClaimDto,
  ): Promise<ResetClaimView> {
    await this.requests.accept(body.loginId, actor, { address, deviceToken });
    return new ResetClaimView(this.settings);
  }

  @Post('open')
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'openReset',
    summary: 'Open a reset with the claim token',
    description:
      'Hands out what the new keys are to be built upon: the newest key statement and the version of the vault. Changes ' +
      'nothing, and the token stays usable. A loginId that nobody has and a wrong token get the same answer.',
  })
  @ApiOkResponse({ type: OpenedResetView, description: 'The claim counts.' })
  @ApiProblems(...CLAIM_PROBLEMS)
  async open(@Body() body: OpenResetDto): Promise<OpenedResetView> {
    return new OpenedResetView(await this.accountReset.open(body.loginId, body.claimToken));
  }

  @Post()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'resetKeys',
    summary: 'Begin an account anew',
    description:
      'Replaces everything secret of the account for whoever has the claim token: keys, with the recovery flag and ' +
      'without the signature of the old ones; vault, password and recovery key. All sessions end, and the token with ' +
      'them. Messages that were sent before stay stored, and nothing opens them any more. Every contact is warned, and ' +
      'has to accept the new keys first.',
  })
  @ApiOkResponse({ type: ResetKeysView, description: 'The account has begun anew; log in with the new password.' })
  @ApiProblems(
    ...CLAIM_PROBLEMS,
    'auth.challenge-refused',
    'auth.challenge-used',
    'auth.proof-refused',
    'auth.key-refused',
    'auth.suite-unknown',
    ...APPEND_PROBLEMS,
  )
  async reset(@CurrentActor() actor: Actor, @Body() body: ResetKeysDto): Promise<ResetKeysView> {
    return new ResetKeysView(await this.accountReset.reset(body, actor));
  }
}
