import { LENGTHS } from '@sealpost/protocol';
import type { AccountJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
  UuidField,
} from '../../../../core/http/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';
import { EscrowView } from '../../vault-key/dto/escrow.dto.js';
import type { OwnAccount } from '../account-overview.service.js';
import { MAX_VERSION } from '../../shared/dto/auth-fields.js';

const TIME = { min: 0, max: Number.MAX_SAFE_INTEGER };

export class AccountView implements AccountJson {
  @UuidField({ description: 'Who the caller is, for ever.', example: EXAMPLE.userId })
  readonly userId: string;

  @LoginIdField({ description: 'What the user logs in with at the moment.', example: EXAMPLE.loginId })
  readonly loginId: string;

  @IntegerField({
    description: 'Counts changes of credentials, from 1. A change names the one that it is built upon.',
    min: 1,
    max: MAX_VERSION,
    example: 4,
  })
  readonly credentialVersion: number;

  @Base64UrlField({
    description: 'Names the recovery key: a client that lost an answer learns by it which one counts.',
    length: LENGTHS.signingPublicKey,
    example: EXAMPLE.recoveryAuthPublicKey,
  })
  readonly recoveryAuthPublicKey: string;

  @IntegerField({ description: 'Time of the registration, in Unix milliseconds.', ...TIME, example: EXAMPLE.now })
  readonly createdAt: number;

  @ObjectField(() => EscrowView, {
    description: 'Who else can open the account. Absent: nobody.',
    optional: true,
  })
  readonly escrow?: EscrowView;

  constructor({ account, loginId, escrow }: OwnAccount) {
    this.userId = account.userId;
    this.loginId = loginId;
    this.credentialVersion = account.credentialVersion;
    this.recoveryAuthPublicKey = encodeBytes(account.recoveryAuthPublicKey);
    this.createdAt = account.createdAt;
    if (escrow !== null) this.escrow = new EscrowView(escrow);
  }
}
