import { Controller, Get, Injectable } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LENGTHS } from '@sealpost/protocol';
import type { AccountJson } from '@sealpost/protocol';
import { sessionEnded } from '../../../core/accounts/index.js';
import {
  Base64UrlField,
  CurrentUser,
  encodeBytes,
  IntegerField,
  LoginIdField,
  ObjectField,
  TimeField,
  UuidField,
} from '../../../core/http/index.js';
import type { Caller } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import type { Account } from '../accounts/accounts.repository.js';
import { MAX_VERSION } from '../shared/dto/auth-fields.js';
import { EscrowsRepository } from '../vault-key/escrows.repository.js';
import type { StoredEscrow } from '../vault-key/escrows.repository.js';
import { EscrowView } from '../vault-key/vault-key.controller.js';

/** What an account says to its owner. */
export interface OwnAccount {
  readonly account: Account;
  readonly loginId: string;
  /** null where nobody else can open the account. */
  readonly escrow: StoredEscrow | null;
}

@Injectable()
export class AccountOverview {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly keys: KeyRegistry,
    private readonly escrows: EscrowsRepository,
  ) {}

  async get(userId: string): Promise<OwnAccount> {
    const account = await this.accounts.find(userId);
    const loginId = await this.keys.findLoginId(userId);
    // An account that is gone has ended its sessions; this request was a moment faster.
    if (account === null || loginId === null) throw sessionEnded();
    return { account, loginId, escrow: await this.escrows.find(userId) };
  }
}

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

@ApiTags('account')
@ApiBearerAuth()
@Controller('v1/account')
export class AccountController {
  constructor(private readonly overview: AccountOverview) {}

  @Get()
  @ApiOperation({
    operationId: 'getAccount',
    summary: "Read one's own account",
    description:
      'Who the caller is, which version of the credentials a change has to build upon, and whether there is an escrow.',
  })
  @ApiOkResponse({ type: AccountView, description: 'The account of the caller.' })
  async getAccount(@CurrentUser() { userId }: Caller): Promise<AccountView> {
    return new AccountView(await this.overview.get(userId));
  }
}
