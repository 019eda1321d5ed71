import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, type Caller, CurrentUser } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { EraseAccountDto } from './dto/erasure.dto.js';
import { ErasureService } from './erasure.service.js';

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
