import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Actor } from '../../core/accounts/index.js';
import { ApiProblems, type Caller, CurrentActor, CurrentUser, Public } from '../../core/http/index.js';
import { RateLimit } from '../../core/rate-limit/index.js';
import { ChallengeDto, ChallengeView, LoggedInView, LoginDto } from './dto/login.dto.js';
import { RegisterDto, RegisteredView } from './dto/register.dto.js';
import { RefreshDto } from './dto/sessions.dto.js';
import { TokensView } from './dto/tokens.view.js';
import { LoginService } from './login.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('auth')
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly login: LoginService,
    private readonly sessions: SessionsService,
  ) {}

  @Post('register')
  @Public()
  @RateLimit('rateRegisterPerAddress')
  @ApiOperation({
    operationId: 'register',
    summary: 'Register an account',
    description:
      'Creates the account, its first public keys, its vault and its mailbox, and opens a session, all or nothing. ' +
      'First get a challenge for the loginId. The password, the recovery key and the vault key stay on the client: ' +
      'here are public keys, what is wrapped under the client’s own keys, and proofs that all of it belongs together.',
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
  async register(@CurrentActor() actor: Actor, @Body() body: RegisterDto): Promise<RegisteredView> {
    return new RegisteredView(body.userId, await this.registration.register(body, actor));
  }

  @Post('challenge')
  @Public()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateChallengePerAddress')
  @ApiOperation({
    operationId: 'createChallenge',
    summary: 'Get a challenge',
    description:
      'What a client needs to log in or to register: what to derive the auth key with, and a challenge to sign with it ' +
      'within 60 seconds. A loginId that nobody has gets an answer too, always with the same salt, so that the answer ' +
      'does not tell who has an account.',
  })
  @ApiOkResponse({ type: ChallengeView, description: 'The challenge. It was not stored.' })
  async createChallenge(@Body() body: ChallengeDto): Promise<ChallengeView> {
    return new ChallengeView(await this.login.offerChallenge(body.loginId));
  }

  @Post('login')
  @Public()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'login',
    summary: 'Log in',
    description:
      'Opens a session for whoever signs a challenge with the password auth key, and hands out the vault and what ' +
      'unwraps its key. An account has at most 100 sessions: the longest unused one makes room. A loginId that nobody ' +
      'has and a wrong signature get the same answer.',
  })
  @ApiOkResponse({ type: LoggedInView, description: 'A session is open.' })
  @ApiProblems('auth.login-refused', 'auth.challenge-refused', 'auth.challenge-used', 'auth.account-disabled')
  async logIn(@CurrentActor() actor: Actor, @Body() body: LoginDto): Promise<LoggedInView> {
    return new LoggedInView(await this.login.logIn(body, actor));
  }

  @Post('refresh')
  @Public()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateRefreshPerAddress')
  @ApiOperation({
    operationId: 'refresh',
    summary: 'Exchange a refresh token',
    description:
      'Gives a new access token and replaces the refresh token. The replaced one may be repeated for 30 seconds, by a ' +
      'client that lost the answer, and yields the same successor. Any other token that was used before ends the ' +
      'session, because somebody else must have had it.',
  })
  @ApiOkResponse({ type: TokensView, description: 'The new tokens.' })
  @ApiProblems('auth.refresh-refused', 'auth.refresh-reused', 'auth.session-ended')
  async refresh(@CurrentActor() actor: Actor, @Body() body: RefreshDto): Promise<TokensView> {
    return new TokensView(await this.sessions.refresh(body.refreshToken, actor));
  }

  @Post('logout')
  @ApiBearerAuth()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'logout',
    summary: 'Log out',
    description: 'Ends the session of this request. Its tokens stop working, on other replicas within seconds.',
  })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  async logOut(@CurrentUser() { userId, sessionId }: Caller, @CurrentActor() actor: Actor): Promise<void> {
    await this.sessions.logOut(userId, sessionId, actor);
  }
}
