import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  type Caller,
  CurrentActor,
  DeviceToken,
  KnownCaller,
  type PresentedProof,
  Public,
  PublicKnowingCallers,
  SessionProof,
  TakesDeviceToken,
  TakesSessionProof,
} from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { DpopService } from '../dpop/dpop.service.js';
import { ChallengeDto, ChallengeView, LoggedInView, LoginDto } from './dto/login.dto.js';
import { LoginService } from './login.service.js';

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
