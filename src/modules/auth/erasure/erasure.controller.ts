import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS } from '@sealpost/protocol';
import type { EraseAccountRequestJson } from '@sealpost/protocol';
import { ApiProblems, Base64UrlField, CurrentUser, IntegerField, LoginIdField } from '../../../core/http/index.js';
import type { Caller, Decoded } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { ChallengeField, CREDENTIAL_VERSION } from '../shared/dto/auth-fields.js';
import { ErasureService } from './erasure.service.js';

export class EraseAccountDto implements Decoded<EraseAccountRequestJson, 'challenge' | 'proof'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the present credentials, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `delete-account` by the password auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class ErasureController {
  constructor(private readonly erasure: ErasureService) {}

  @Post('erasure')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'eraseAccount',
    summary: 'Erase the account',
    description:
      'Erases the account of whoever signs a challenge with the password auth key: credentials, vault, mailbox, sessions ' +
      'and history, in one transaction. Only the key statements stay, so that others can still verify what they received. ' +
      'Messages in other mailboxes stay theirs. The userId is never used again; the loginId is free. Nobody can undo it.',
  })
  @ApiNoContentResponse({ description: 'The account is gone, and this session with it.' })
  @ApiProblems(
    'auth.challenge-refused',
    'auth.challenge-used',
    'auth.proof-refused',
    'auth.credentials-changed',
    'auth.account-disabled',
  )
  async erase(@CurrentUser() { userId }: Caller, @Body() body: EraseAccountDto): Promise<void> {
    await this.erasure.erase(userId, body);
  }
}
