import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  CurrentActor,
  type PresentedProof,
  Public,
  SessionProof,
  TakesSessionProof,
} from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { DpopService } from '../dpop/dpop.service.js';
import { RegisterDto, RegisteredView } from './dto/register.dto.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('auth')
@Controller('v1/auth')
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly dpop: DpopService,
  ) {}

  @Post('register')
  @Public()
  @TakesSessionProof()
  @RateLimit('rateRegisterPerAddress')
  @ApiOperation({
    operationId: 'register',
    summary: 'Register an account',
    description:
      'Creates the account, its first public keys, its vault and its mailbox, and opens a session, all or nothing. ' +
      'First get a challenge for the loginId. The password, the recovery key and the vault key stay on the client: ' +
      'here are public keys, what is wrapped under the client’s own keys, and proofs that all of it belongs together. ' +
      'With a proof of a session key (header DPoP) the session is bound to that key, whose thumbprint is proven with the rest.',
  })
  @ApiCreatedResponse({ type: RegisteredView, description: 'The account exists, and a session is open.' })
  @ApiProblems(
    'auth.challenge-refused',
    'auth.challenge-used',
    'auth.proof-refused',
    'auth.key-refused',
    'auth.suite-unknown',
    'auth.login-id-taken',
    'auth.user-id-taken',
    'auth.registration-closed',
    'auth.invitation-refused',
    'keys.statement-refused',
    'keys.handle-refused',
    'keys.vault-refused',
  )
  async register(
    @CurrentActor() actor: Actor,
    @SessionProof() proof: PresentedProof,
    @Body() body: RegisterDto,
  ): Promise<RegisteredView> {
    return new RegisteredView(
      body.userId,
      await this.registration.register(body, actor, this.dpop.keyOfNewSession(proof)),
    );
  }
}
