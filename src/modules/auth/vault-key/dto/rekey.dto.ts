import { LENGTHS, LIMITS } from '@sealpost/protocol';
import type { RekeyRequestJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, IntegerField, LoginIdField, ObjectField } from '../../../../core/http/index.js';
import { SignedStatementDto } from '../../../keys/index.js';
import type { Rekeying } from '../rekey.service.js';
import { EscrowWrapDto } from './escrow.dto.js';
import { ChallengeField, CREDENTIAL_VERSION, MAX_VERSION, SuiteField } from '../../shared/dto/auth-fields.js';

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

export class RekeyDto implements Omit<Decoded<RekeyRequestJson, Bytes>, 'keys' | 'escrow'>, Rekeying {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the credentials that are replaced, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @SuiteField()
  readonly suite!: number;

  @Base64UrlField({ description: 'Random salt of the password.', length: LENGTHS.salt })
  readonly salt!: Uint8Array;

  @Base64UrlField({ description: 'The password auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly authPublicKey!: Uint8Array;

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

  @Base64UrlField({ description: "The vault key under the password's wrap key.", length: LENGTHS.unlock })
  readonly passwordUnlock!: Uint8Array;

  @Base64UrlField({ description: 'The recovery auth key, Ed25519.', length: LENGTHS.signingPublicKey })
  readonly recoveryAuthPublicKey!: Uint8Array;

  @Base64UrlField({ description: "The vault key under the recovery key's wrap key.", length: LENGTHS.unlock })
  readonly recoveryUnlock!: Uint8Array;

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

  @Base64UrlField({
    description: "The password auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly authKeySignature!: Uint8Array;

  @Base64UrlField({
    description: "The recovery auth key's signature under itself (`auth-new`).",
    length: LENGTHS.signature,
  })
  readonly recoveryAuthKeySignature!: Uint8Array;
}
