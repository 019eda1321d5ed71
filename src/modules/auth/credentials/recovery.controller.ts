import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  CurrentActor,
  DeviceToken,
  Public,
  TakesDeviceToken,
} from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { CHANGE_PROBLEMS, LOGIN_ID_PROBLEMS } from '../shared/auth.errors.js';
import { CredentialsView, OpenedRecoveryView, OpenRecoveryDto, RecoverDto } from './dto/credentials.dto.js';
import { PasswordService } from './password.service.js';
import { RecoveryService } from './recovery.service.js';

/** The way back in with the recovery key, without a session. */
@ApiTags('auth')
@Public()
@AnswersAtFixedTime()
@Controller('v1/auth/recovery')
export class RecoveryController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly recovery: RecoveryService,
  ) {}

  @Post('open')
  @TakesDeviceToken()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'openRecovery',
    summary: 'Open the recovery of an account',
    description:
      'Hands out what a new password is made from to whoever signs a challenge with the recovery auth key, and writes ' +
      'into the history of the account that it did. Nothing changes yet. A loginId that nobody has and a wrong key get ' +
      'the same answer.',
  })
  @ApiOkResponse({ type: OpenedRecoveryView, description: 'What the recovery key opens.' })
  @ApiProblems('auth.recovery-refused', 'auth.challenge-refused', 'auth.challenge-used', 'auth.account-disabled')
  async openRecovery(
    @CurrentActor() actor: Actor,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: OpenRecoveryDto,
  ): Promise<OpenedRecoveryView> {
    return new OpenedRecoveryView(await this.recovery.open(body, actor, deviceToken));
  }

  @Post()
  @TakesDeviceToken()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'recoverAccount',
    summary: 'Set a new password with the recovery key',
    description:
      'As a change of the password, but proven by the recovery auth key and without a session. All sessions end; log ' +
      'in with the new password afterwards. The recovery key goes on to work. A loginId that nobody has and a wrong ' +
      'key get the same answer.',
  })
  @ApiOkResponse({ type: CredentialsView, description: 'The new credentials count from now on.' })
  @ApiProblems('auth.recovery-refused', ...CHANGE_PROBLEMS, ...LOGIN_ID_PROBLEMS)
  async recover(
    @CurrentActor() actor: Actor,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: RecoverDto,
  ): Promise<CredentialsView> {
    return new CredentialsView(await this.passwords.recover(body.userId, body, actor, deviceToken));
  }
}
