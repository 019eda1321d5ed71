import { LENGTHS } from '@sealpost/protocol';
import type { EraseAccountRequestJson } from '@sealpost/protocol';
import { Base64UrlField, type Decoded, IntegerField, LoginIdField } from '../../../../core/http/index.js';
import { ChallengeField, CREDENTIAL_VERSION } from '../../shared/dto/auth-fields.js';

export class EraseAccountDto implements Decoded<EraseAccountRequestJson, 'challenge' | 'proof'> {
  @LoginIdField({ description: 'The loginId of the challenge.' })
  readonly loginId!: string;

  @IntegerField({ description: 'Of the present credentials, from GET /v1/account.', ...CREDENTIAL_VERSION })
  readonly credentialVersion!: number;

  @ChallengeField()
  readonly challenge!: Uint8Array;

  @Base64UrlField({
    description: 'Proof of action `delete-account` by the password auth key.',
    length: LENGTHS.signature,
  })
  readonly proof!: Uint8Array;
}
