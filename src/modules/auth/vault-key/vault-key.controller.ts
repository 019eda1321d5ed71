import { Body, Controller, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import { ApiProblems, type Caller, CurrentActor, CurrentUser } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { APPEND_PROBLEMS } from '../../keys/index.js';
import { CredentialsView } from '../credentials/dto/password.dto.js';
import { AddEscrowDto } from './dto/escrow.dto.js';
import { RekeyDto } from './dto/rekey.dto.js';
import { EscrowService } from './escrow.service.js';
import { RekeyService } from './rekey.service.js';

const CHANGE_PROBLEMS = [
  'auth.challenge-refused',
  'auth.challenge-used',
  'auth.proof-refused',
  'auth.credentials-changed',
  'auth.account-disabled',
  'auth.escrow-refused',
] as const;

/** The vault key of an account: a new one, and who else may have it. */
@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class VaultKeyController {
  constructor(
    private readonly rekeying: RekeyService,
    private readonly escrows: EscrowService,
  ) {}

  @Post('vault-key')
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'rekey',
    summary: 'Put a new vault key in the place of the old one',
    description:
      'For who suspects that somebody else has the vault key, an unlock or a session: a vault under a new vault key, ' +
      'the next version of the keys (with the flag "earlier keys are compromised" where the client set it), a new ' +
      'password unlock, a new recovery key and a new escrow wrap in one transaction, in which all sessions end, this ' +
      'one too. Log in again afterwards. Without `escrow` the account has none from then on. A client that lost the ' +
      'answer asks for a challenge: its salt says whether the new password unlock counts.',
  })
  @ApiOkResponse({ type: CredentialsView, description: 'Only the new vault key counts from now on.' })
  @ApiProblems(...CHANGE_PROBLEMS, 'auth.key-refused', 'auth.suite-unknown', ...APPEND_PROBLEMS, 'state.state-conflict')
  async rekey(
    @CurrentUser() { userId }: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: RekeyDto,
  ): Promise<CredentialsView> {
    return new CredentialsView(await this.rekeying.rekey(userId, body, actor));
  }

  @Put('escrow')
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'addEscrow',
    summary: 'Put the account into the escrow that the service offers',
    description:
      'Stores the vault key for the holder of the escrow key, for whoever signs a challenge with the password auth key. ' +
      'The account shows from then on that an escrow exists. It is taken away again by a new vault key only: ' +
      'POST /v1/account/vault-key without `escrow`, and exchanged for that of another key by POST /v1/account/vault-key with it: the ' +
      'holder of the first key has the old vault key.',
  })
  @ApiOkResponse({ type: CredentialsView, description: 'The escrow is stored.' })
  @ApiProblems(...CHANGE_PROBLEMS, 'auth.escrow-conflict')
  async addEscrow(
    @CurrentUser() { userId }: Caller,
    @CurrentActor() actor: Actor,
    @Body() body: AddEscrowDto,
  ): Promise<CredentialsView> {
    return new CredentialsView(await this.escrows.add(userId, body, actor));
  }
}
