import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS } from '@sealpost/protocol';
import type { ChallengeJson, ChallengeRequestJson, LoginJson, LoginRequestJson } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  Base64UrlField,
  CurrentActor,
  DeviceToken,
  encodeBytes,
  IntegerField,
  KnownCaller,
  LoginIdField,
  Public,
  PublicKnowingCallers,
  SessionProof,
  TakesDeviceToken,
  TakesSessionProof,
  TextField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Caller, Decoded, PresentedProof } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { VaultField, VaultKeyVersionField, VaultVersionField } from '../../keys/index.js';
import { DpopService } from '../dpop/dpop.service.js';
import { TokensView } from '../sessions/dto/tokens.view.js';
import { ChallengeField, MAX_VERSION, SESSION_NAME, SuiteField } from '../shared/dto/auth-fields.js';
import { LoginService } from './login.service.js';
import type { LoggedIn, OfferedChallenge } from './login.service.js';

export class ChallengeDto implements ChallengeRequestJson {
  @LoginIdField({ description: 'Who wants to log in or to register, normalised.' })
  readonly loginId!: string;
}

export class ChallengeView implements ChallengeJson {
  @SuiteField("The account's password suite.")
  readonly suite: number;

  @Base64UrlField({ description: "The password's salt.", length: LENGTHS.salt })
  readonly salt: string;

  @ChallengeField('To be signed. Works once, for this loginId.')
  readonly challenge: string;

  @TimeField({ description: 'When the challenge expires.' })
  readonly expiresAt: number;

  constructor(offered: OfferedChallenge) {
    this.suite = offered.suite;
    this.salt = encodeBytes(offered.salt);
    this.challenge = encodeBytes(offered.challenge);
    this.expiresAt = offered.expiresAt;
  }
}

export class LoginDto implements Decoded<LoginRequestJson, 'challenge' | 'signature'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @ChallengeField('From POST /v1/auth/challenge.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({ description: 'Proof of action `login` by the password auth key.', length: LENGTHS.signature })
  readonly signature!: Uint8Array;

  @TextField({ description: 'Tells the sessions apart for the user.', ...SESSION_NAME, optional: true })
  readonly sessionName?: string;
}

export class LoggedInView extends TokensView implements LoginJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @UuidField({ description: 'The session that was opened.' })
  readonly sessionId: string;

  @VaultField()
  readonly vault: string;

  @VaultVersionField()
  readonly vaultVersion: number;

  @VaultKeyVersionField()
  readonly keyVersion: number;

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock: string;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  constructor({ sessionId, tokens, account, vault }: LoggedIn) {
    super(tokens);
    this.userId = account.userId;
    this.sessionId = sessionId;
    this.vault = encodeBytes(vault.vault);
    this.vaultVersion = vault.vaultVersion;
    this.keyVersion = vault.keyVersion;
    this.passwordUnlock = encodeBytes(account.passwordUnlock);
    this.credentialVersion = account.credentialVersion;
  }
}

@ApiTags('auth')
@Controller('v1/auth')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly dpop: DpopService,
  ) {}

  @Post('challenge')
  @TakesDeviceToken()
  @PublicKnowingCallers()
  @AnswersAtFixedTime()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateChallengePerAddress')
  @ApiOperation({
    operationId: 'createChallenge',
    summary: 'Get a challenge',
    description:
      'What a client needs to log in or to register: what to derive the auth key with, and a challenge to sign with it ' +
      'within 60 seconds. A loginId that nobody has gets an answer too, always with the same salt, so that the answer ' +
      'does not tell who has an account. With the access token of the account that has the loginId, the challenge counts ' +
      'towards a limit of the account, which others cannot use up; any other token is passed over. The header DPoP-Nonce ' +
      'of the answer is for the proof of a session key that the log-in may bring.',
  })
  @ApiOkResponse({ type: ChallengeView, description: 'The challenge. It was not stored.' })
  async createChallenge(
    @KnownCaller() caller: Caller | null,
    @SessionProof() { offerNonce }: PresentedProof,
    @DeviceToken() deviceToken: string | undefined,
    @Body() { loginId }: ChallengeDto,
  ): Promise<ChallengeView> {
    offerNonce(this.dpop.nonce());
    return new ChallengeView(await this.login.offerChallenge(loginId, { caller, deviceToken }));
  }

  @Post('login')
  @TakesDeviceToken()
  @Public()
  @AnswersAtFixedTime()
  @TakesSessionProof()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'login',
    summary: 'Log in',
    description:
      'Opens a session for whoever signs a challenge with the password auth key, and hands out the vault and what ' +
      'unwraps its key. An account has at most 100 sessions: the longest unused one makes room. A loginId that nobody ' +
      'has and a wrong signature get the same answer. With a proof of a session key (header DPoP) the session is bound to ' +
      'that key, whose thumbprint the signature covers.',
  })
  @ApiOkResponse({ type: LoggedInView, description: 'A session is open.' })
  @ApiProblems('auth.login-refused', 'auth.challenge-refused', 'auth.challenge-used', 'auth.account-disabled')
  async logIn(
    @CurrentActor() actor: Actor,
    @SessionProof() proof: PresentedProof,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: LoginDto,
  ): Promise<LoggedInView> {
    const key = this.dpop.keyOfNewSession(proof);
    return new LoggedInView(await this.login.logIn(body, actor, { key, deviceToken }));
  }
}
