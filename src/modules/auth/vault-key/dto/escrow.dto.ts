import { LENGTHS } from '@sealpost/protocol';
import type { AddEscrowRequestJson, EscrowJson, EscrowWrapJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  type Decoded,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
  TimeField,
} from '../../../../core/http/index.js';
import type { EscrowWrap, StoredEscrow } from '../escrow.js';
import { ChallengeField, CREDENTIAL_VERSION } from '../../shared/dto/auth-fields.js';

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
