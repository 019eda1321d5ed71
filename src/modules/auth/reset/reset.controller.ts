import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS, LIMITS, RESET_PROOFS } from '@sealpost/protocol';
import type {
  OpenResetJson,
  OpenResetRequestJson,
  ResetClaimJson,
  ResetClaimRequestJson,
  ResetKeysJson,
  ResetKeysRequestJson,
  ResetProof,
} from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import { Settings } from '../../../core/config/index.js';
import {
  AnswersAtFixedTime,
  ApiProblems,
  ArrayField,
  Base64UrlField,
  CurrentActor,
  DeviceToken,
  IntegerField,
  LoginIdField,
  ObjectField,
  oneOf,
  Public,
  TakesDeviceToken,
  UuidField,
} from '../../../core/http/index.js';
import type { Decoded } from '../../../core/http/index.js';
import { ClientAddress, RateLimit } from '../../../core/rate-limit/index.js';
import { APPEND_PROBLEMS, KeyStatementView, SignedStatementDto } from '../../keys/index.js';
import { ChallengeField, MAX_VERSION } from '../shared/dto/auth-fields.js';
import { NewCredentialsDto } from '../shared/dto/new-credentials.dto.js';
import { AccountReset } from './account-reset.service.js';
import type { FinishedReset, OpenedReset, ResetOfAccount } from './account-reset.service.js';
import { CLAIM_TOKEN_BYTES, proofsOf } from './reset-claim.js';
import { ResetRequests } from './reset-requests.service.js';

const MAX_DELAY_SECONDS = 30 * 86_400;

export class ResetClaimDto implements ResetClaimRequestJson {
  @LoginIdField({ description: 'Of the account that is to begin anew.' })
  readonly loginId!: string;
}

export class ResetClaimView implements ResetClaimJson {
  @ArrayField(oneOf(RESET_PROOFS), {
    minItems: 0,
    maxItems: RESET_PROOFS.length,
    unique: true,
    description:
      'What the claim has to be proven by. `email`: a token is mailed to the loginId. `approval`: an administrator.',
  })
  readonly proofs: readonly ResetProof[];

  @IntegerField({
    description: 'How long signed-in devices can call the reset off before it can be carried out.',
    min: 0,
    max: MAX_DELAY_SECONDS,
  })
  readonly delaySeconds: number;

  constructor({ reset, resetDelaySeconds }: Settings) {
    this.proofs = proofsOf(reset);
    this.delaySeconds = resetDelaySeconds;
  }
}

export class OpenResetDto implements Decoded<OpenResetRequestJson, 'claimToken'> {
  @LoginIdField({ description: 'That the token was given out for.' })
  readonly loginId!: string;

  @Base64UrlField({ description: 'From the mail, or from the administrator.', length: CLAIM_TOKEN_BYTES })
  readonly claimToken!: Uint8Array;
}

export class OpenedResetView implements OpenResetJson {
  @UuidField({ description: 'Whose account this is.' })
  readonly userId: string;

  @ObjectField(() => KeyStatementView, { description: 'The newest version of the public keys.' })
  readonly keys: OpenedReset['keys'];

  @IntegerField({ description: 'How often the vault was written, from 1.', min: 1, max: MAX_VERSION })
  readonly vaultVersion: number;

  @IntegerField({ description: 'Counts changes of credentials, from 1.', min: 1, max: MAX_VERSION })
  readonly credentialVersion: number;

  constructor({ account, keys, vaultVersion }: OpenedReset) {
    this.userId = account.userId;
    this.keys = keys;
    this.vaultVersion = vaultVersion;
    this.credentialVersion = account.credentialVersion;
  }
}

type Bytes = Exclude<keyof ResetKeysRequestJson, 'userId' | 'loginId' | 'suite' | 'keys' | 'vaultVersion'>;

export class ResetKeysDto
  extends NewCredentialsDto
  implements ResetOfAccount, Omit<Decoded<ResetKeysRequestJson, Bytes>, 'keys'>
{
  @UuidField({ description: 'From POST /v1/auth/reset/open.' })
  readonly userId!: string;

  @LoginIdField({ description: 'That the token was given out for; it stays.' })
  readonly loginId!: string;

  @Base64UrlField({
    description: 'From the mail, or from the administrator. Used up by this request.',
    length: CLAIM_TOKEN_BYTES,
  })
  readonly claimToken!: Uint8Array;

  @ObjectField(() => SignedStatementDto, {
    description: 'The version after the newest, with the recovery flag, and without previousSignature.',
  })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'loginId and userId, signed by the signing key of `keys`.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'The new private seeds, and only those, under a new vault key.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @IntegerField({ description: 'One more than that of the stored vault.', min: 1, max: MAX_VERSION })
  readonly vaultVersion!: number;

  @ChallengeField('From POST /v1/auth/challenge, for `loginId`.')
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `reset-keys` by the new password auth key; the hash of the claim token is in it.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

export class ResetKeysView implements ResetKeysJson {
  @IntegerField({ description: 'Of the new credentials.', min: 2, max: MAX_VERSION })
  readonly credentialVersion: number;

  @IntegerField({ description: 'Of the new keys.', min: 2, max: MAX_VERSION })
  readonly keyVersion: number;

  constructor({ credentialVersion, keyVersion }: FinishedReset) {
    this.credentialVersion = credentialVersion;
    this.keyVersion = keyVersion;
  }
}

const CLAIM_PROBLEMS = [
  'auth.reset-off',
  'auth.claim-refused',
  'auth.claim-not-ready',
  'auth.account-disabled',
] as const;

@ApiTags('auth')
@Public()
@AnswersAtFixedTime()
@Controller('v1/auth/reset')
export class ResetController {
  constructor(
    private readonly requests: ResetRequests,
    private readonly accountReset: AccountReset,
    private readonly settings: Settings,
  ) {}

  @Post('claim')
  @TakesDeviceToken()
  @HttpCode(HttpStatus.ACCEPTED)
  @RateLimit('rateResetPerAddress')
  @ApiOperation({
    operationId: 'claimReset',
    summary: 'Ask for the reset of an account',
    description:
      'For who has lost the password and the recovery key. By the setting of the service a claim token is mailed to the ' +
      'loginId, or an administrator is asked, or both. The answer is the same for every loginId, and is given before it ' +
      'is looked at whether anybody has it. The history of the account tells of it, and its signed-in devices can call ' +
      'it off.',
  })
  @ApiAcceptedResponse({ type: ResetClaimView, description: 'What happens next, if there is such an account.' })
  @ApiProblems('auth.reset-off', 'server.overloaded')
  async claim(
    @CurrentActor() actor: Actor,
    @ClientAddress() address: string,
    @DeviceToken() deviceToken: string | undefined,
    @Body() body: ResetClaimDto,
  ): Promise<ResetClaimView> {
    await this.requests.accept(body.loginId, actor, { address, deviceToken });
    return new ResetClaimView(this.settings);
  }

  @Post('open')
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'openReset',
    summary: 'Open a reset with the claim token',
    description:
      'Hands out what the new keys are to be built upon: the newest key statement and the version of the vault. Changes ' +
      'nothing, and the token stays usable. A loginId that nobody has and a wrong token get the same answer.',
  })
  @ApiOkResponse({ type: OpenedResetView, description: 'The claim counts.' })
  @ApiProblems(...CLAIM_PROBLEMS)
  async open(@Body() body: OpenResetDto): Promise<OpenedResetView> {
    return new OpenedResetView(await this.accountReset.open(body.loginId, body.claimToken));
  }

  @Post()
  @HttpCode(HttpStatus.OK)
  @RateLimit('rateLoginPerAddress')
  @ApiOperation({
    operationId: 'resetKeys',
    summary: 'Begin an account anew',
    description:
      'Replaces everything secret of the account for whoever has the claim token: keys, with the recovery flag and ' +
      'without the signature of the old ones; vault, password and recovery key. All sessions end, and the token with ' +
      'them. Messages that were sent before stay stored, and nothing opens them any more. Every contact is warned, and ' +
      'has to accept the new keys first.',
  })
  @ApiOkResponse({ type: ResetKeysView, description: 'The account has begun anew; log in with the new password.' })
  @ApiProblems(
    ...CLAIM_PROBLEMS,
    'auth.challenge-refused',
    'auth.challenge-used',
    'auth.proof-refused',
    'auth.key-refused',
    'auth.suite-unknown',
    ...APPEND_PROBLEMS,
  )
  async reset(@CurrentActor() actor: Actor, @Body() body: ResetKeysDto): Promise<ResetKeysView> {
    return new ResetKeysView(await this.accountReset.reset(body, actor));
  }
}
