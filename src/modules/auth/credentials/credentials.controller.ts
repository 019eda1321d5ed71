import { Body, Controller, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { ApiProblems, CurrentActor, CurrentUser } from '../../../core/http/index.js';
import type { Caller } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { CHANGE_PROBLEMS, LOGIN_ID_PROBLEMS } from '../shared/auth.errors.js';
import { ChangePasswordDto, CredentialsView, ReplaceRecoveryKeyDto } from './dto/credentials.dto.js';
import { PasswordService } from './password.service.js';
import { RecoveryService } from './recovery.service.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class CredentialsController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly recovery: RecoveryService,
  ) {}

  @Post('password')
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

  @Put('recovery-key')
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
