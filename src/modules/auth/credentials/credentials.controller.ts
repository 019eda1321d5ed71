import { Body, Controller, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  type Caller,
  CurrentActor,
  CurrentUser,
  DeviceToken,
  Public,
  TakesDeviceToken,
} from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { ChangePasswordDto, CredentialsView, RecoverDto } from './dto/password.dto.js';
import { OpenedRecoveryView, OpenRecoveryDto, ReplaceRecoveryKeyDto } from './dto/recovery.dto.js';
import { PasswordService } from './password.service.js';
import { RecoveryService } from './recovery.service.js';

/** What every change of credentials may be refused for. */
const CHANGE_PROBLEMS = [
  'auth.challenge-refused',
  'auth.challenge-used',
  'auth.proof-refused',
  'auth.key-refused',
  'auth.credentials-changed',
  'auth.account-disabled',
] as const;
const LOGIN_ID_PROBLEMS = ['auth.suite-unknown', 'auth.login-id-taken', 'keys.handle-refused'] as const;

@ApiTags('account')
@Controller('v1/auth')
export class CredentialsController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly recovery: RecoveryService,
  ) {}

  @Post('password')
  @ApiBearerAuth()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change the password, or the loginId',
    description:
      'Replaces what the password opens the account with, for whoever signs a challenge with the present password auth ' +
      'key. All other sessions end in the same transaction; keys and messages stay as they are. With `newLoginId` the ' +
      'account moves to another loginId, which the newest signing key has signed; somebody else may then have the old ' +
      'one. Of two changes at the same time one wins, and the other one gets a 409.',
  })
  @ApiOkResponse({ type: CredentialsView, description: 'The new credentials count from now on.' })
  @ApiProblems(...CHANGE_PROBLEMS, ...LOGIN_ID_PROBLEMS)
  async changePassword(
    @CurrentUser() { userId }: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: ChangePasswordDto,
  ): Promise<CredentialsView> {
    return new CredentialsView(await this.passwords.change(userId, body, actor));
  }

  @Post('recovery/open')
  @TakesDeviceToken()
  @Public()
  @AnswersAtFixedTime()
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

  @Post('recovery')
  @TakesDeviceToken()
  @Public()
  @AnswersAtFixedTime()
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

  @Put('recovery-key')
  @ApiBearerAuth()
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'replaceRecoveryKey',
    summary: 'Replace the recovery key',
    description:
      'Stores a new recovery auth key and its unlock, for whoever signs a challenge with the password auth key. The old ' +
      'recovery key opens nothing from then on. Sessions, keys and messages stay as they are.',
  })
  @ApiOkResponse({ type: CredentialsView, description: 'The new recovery key counts from now on.' })
  @ApiProblems(...CHANGE_PROBLEMS)
  async replaceRecoveryKey(
    @CurrentUser() { userId }: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: ReplaceRecoveryKeyDto,
  ): Promise<CredentialsView> {
    return new CredentialsView(await this.recovery.replaceKey(userId, body, actor));
  }
}
