import { Body, Controller, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { AddEscrowRequestJson, EscrowJson, EscrowWrapJson, RekeyRequestJson } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import {
  ApiProblems,
  Base64UrlField,
  CurrentActor,
  CurrentUser,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
  TimeField,
} from '../../../core/http/index.js';
import type { Caller, Decoded } from '../../../core/http/index.js';
import { RateLimit } from '../../../core/rate-limit/index.js';
import { APPEND_PROBLEMS, SignedStatementDto } from '../../keys/index.js';
import { CredentialsView } from '../credentials/dto/credentials.dto.js';
import { ChallengeField, CREDENTIAL_VERSION, MAX_VERSION } from '../shared/dto/auth-fields.js';
import { NewCredentialsDto } from '../shared/dto/new-credentials.dto.js';
import { EscrowService } from './escrow.service.js';
import type { EscrowWrap, StoredEscrow } from './escrows.repository.js';
import { RekeyService } from './rekey.service.js';
import type { Rekeying } from './rekey.service.js';

export class EscrowWrapDto implements Decoded<EscrowWrapJson, 'fingerprint' | 'unlock'>, EscrowWrap {
  @Base64UrlField({
    description: 'Names the escrow key that GET /v1/service offers: the hash of its tag and the key.',
    length: LENGTHS.hash,
  })
  readonly fingerprint!: Uint8Array;

  @Base64UrlField({
    description: 'The vault key under the escrow key, which the server cannot open.',
    length: LENGTHS.escrow,
  })
  readonly unlock!: Uint8Array;
}

export class AddEscrowDto implements Omit<Decoded<AddEscrowRequestJson, 'challenge' | 'proof'>, 'escrow'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the credentials that it is added to, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @ObjectField(() => EscrowWrapDto, { description: 'The escrow.' })
  readonly escrow!: EscrowWrapDto;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({ description: 'Proof of action `add-escrow` by the password auth key.', length: LENGTHS.signature })
  readonly proof!: Uint8Array;
}

export class EscrowView implements EscrowJson {
  @Base64UrlField({ description: 'Names the escrow key whose holder can open the account.', length: LENGTHS.hash })
  readonly fingerprint: string;

  @TimeField({ description: 'Since when.' })
  readonly addedAt: number;

  constructor({ fingerprint, addedAt }: StoredEscrow) {
    this.fingerprint = encodeBytes(fingerprint);
    this.addedAt = addedAt;
  }
}

type Bytes =
  | 'salt'
  | 'authPublicKey'
  | 'handleSignature'
  | 'vault'
  | 'passwordUnlock'
  | 'recoveryAuthPublicKey'
  | 'recoveryUnlock'
  | 'stateHash'
  | 'challenge'
  | 'proof'
  | 'authKeySignature'
  | 'recoveryAuthKeySignature';

export class RekeyDto
  extends NewCredentialsDto
  implements Omit<Decoded<RekeyRequestJson, Bytes>, 'keys' | 'escrow'>, Rekeying
{
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the credentials that are replaced, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @ObjectField(() => SignedStatementDto, {
    description: 'The next version of the public keys, signed by the previous signing key too.',
  })
  readonly keys!: SignedStatementDto;

  @Base64UrlField({
    description: 'The present loginId and userId, signed by the new signing key.',
    length: LENGTHS.signature,
  })
  readonly handleSignature!: Uint8Array;

  @Base64UrlField({
    description: 'All private seeds, the new ones too, under the new vault key.',
    minLength: LENGTHS.committedOverhead,
    maxLength: LIMITS.vaultBytes,
  })
  readonly vault!: Uint8Array;

  @IntegerField({
    description: 'The version of this vault: one more than that of the stored one.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly vaultVersion!: number;

  @ObjectField(() => EscrowWrapDto, {
    description: 'The new vault key under the escrow key. Absent: the account has no escrow from then on.',
    optional: true,
  })
  readonly escrow?: EscrowWrapDto;

  @Base64UrlField({
    description:
      'SHA-256 of the state of GET /v1/state that the client has taken in, 32 zero bytes where there is none: the new vault key takes the stored one away. Where another one is stored by now, the answer is the 409 `state.state-conflict`. Absent: whatever is stored may be lost.',
    length: LENGTHS.hash,
    optional: true,
  })
  readonly stateHash?: Uint8Array;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `rekey` by the present password auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}

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
