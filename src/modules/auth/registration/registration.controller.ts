import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { RegisterJson } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  Base64UrlField,
  CurrentActor,
  LoginIdField,
  ObjectField,
  Public,
  SessionProof,
  TakesSessionProof,
  TextField,
  UuidField,
} from '../../../core/http/index.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { SignedStatementDto } from '../../keys/index.js';
import { DpopService } from '../dpop/dpop.service.js';
import { TokensView } from '../sessions/dto/tokens.view.js';
import type { OpenedSession } from '../sessions/sessions.service.js';
import { ChallengeField, SESSION_NAME } from '../shared/dto/auth-fields.js';
import { NewCredentialsDto } from '../shared/dto/new-credentials.dto.js';
import { INVITATION_BYTES } from './invitations.service.js';
import { RegistrationService } from './registration.service.js';
import type { Registration } from './registration.service.js';

export class RegisterDto extends NewCredentialsDto implements Registration {
  @UuidField({ description: 'Made by the client: who this user is, for ever.' })
  readonly userId!: string;

  @LoginIdField({ description: 'What the user logs in with, normalised.' })
  readonly loginId!: string;

  @ObjectField(() => SignedStatementDto, { description: 'Version 1 of the public keys, without previousSignature.' })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The private seeds under the vault key, which the server never sees.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @ChallengeField('From POST /v1/auth/challenge, for `loginId`.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({ description: 'Proof of action `register` by the password auth key.', length: LENGTHS.signature })
  readonly proof!: Uint8Array;

  @Base64UrlField({
    description: 'Invitation code, where registration is open by invitation; otherwise it is not looked at.',
    length: INVITATION_BYTES,
    optional: true,
  })
  readonly invitation?: Uint8Array;

  @TextField({ description: 'Tells the sessions apart for the user.', ...SESSION_NAME, optional: true })
  readonly sessionName?: string;
}

export class RegisteredView extends TokensView implements RegisterJson {
  @UuidField({ description: 'The userId of the request.' })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.' })
  readonly sessionId: string;

  constructor(userId: string, opened: OpenedSession) {
    super(opened.tokens);
    this.userId = userId;
    this.sessionId = opened.sessionId;
  }
}

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
