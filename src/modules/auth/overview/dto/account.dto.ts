import { LENGTHS } from '@sealpost/protocol';
import type { AccountJson } from '@sealpost/protocol';
import {
  Base64UrlField,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
  UuidField,
  TimeField,
} from '../../../../core/http/index.js';
import { EscrowView } from '../../vault-key/dto/escrow.dto.js';
import type { OwnAccount } from '../account-overview.service.js';
import { MAX_VERSION } from '../../shared/dto/auth-fields.js';

export class AccountView implements AccountJson {
  @UuidField({ description: 'Who the caller is, for ever.' })
  readonly userId: string;

  @LoginIdField({ description: 'What the user logs in with at the moment.' })
  readonly loginId: string;

  @IntegerField({
    description: 'Counts changes of credentials, from 1. A change names the one that it is built upon.',
    min: 1,
    max: MAX_VERSION,
  })
  readonly credentialVersion: number;

  @Base64UrlField({
    description: 'Names the recovery key: a client that lost an answer learns by it which one counts.',
    length: LENGTHS.signingPublicKey,
  })
  readonly recoveryAuthPublicKey: string;

  @TimeField({ description: 'Time of the registration.' })
  readonly createdAt: number;

  @ObjectField(() => EscrowView, { description: 'Who else can open the account. Absent: nobody.', optional: true })
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
