import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  type Caller,
  CurrentActor,
  KnownCaller,
  Public,
  PublicKnowingCallers,
} from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { ChallengeDto, ChallengeView, LoggedInView, LoginDto } from './dto/login.dto.js';
import { LoginService } from './login.service.js';

@ApiTags('auth')
@Controller('v1/auth')
export class LoginController {
  constructor(private readonly login: LoginService) {}

  @Post('challenge')
  @PublicKnowingCallers()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateChallengePerAddress')
  @ApiOperation({
    operationId: 'createChallenge',
    summary: 'Get a challenge',
    description:
      'What a client needs to log in or to register: what to derive the auth key with, and a challenge to sign with it ' +
      'within 60 seconds. A loginId that nobody has gets an answer too, always with the same salt, so that the answer ' +
      'does not tell who has an account. With the access token of the account that has the loginId, the challenge counts ' +
      'towards a limit of the account, which others cannot use up; any other token is passed over.',
  })
  @ApiOkResponse({ type: ChallengeView, description: 'The challenge. It was not stored.' })
  async createChallenge(
    @KnownCaller() caller: Caller | null,
    @Body() { loginId }: ChallengeDto,
  ): Promise<ChallengeView> {
    return new ChallengeView(await this.login.offerChallenge(loginId, caller));
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
}
