import { Injectable } from '@nestjs/common';
import type { EscrowExportJson, SignedStatement, SignedStatementJson } from '@sealpost/protocol';
import { AccountLifecycle, NO_ACTOR } from '../../../core/accounts/index.js';
import { Settings } from '../../../core/config/index.js';
import { Transactions } from '../../../core/database/index.js';
import { encodeBytes } from '../../../core/http/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { accountNotFound, accountWithoutEscrow } from '../shared/auth.errors.js';
import { EscrowsRepository } from '../vault-key/escrows.repository.js';

/** What the holder of the escrow key gets of one account, from an administrator. */
@Injectable()
export class EscrowExport {
  constructor(
    private readonly settings: Settings,
    private readonly transactions: Transactions,
    private readonly keys: KeyRegistry,
    private readonly accounts: AccountsRepository,
    private readonly escrows: EscrowsRepository,
    private readonly lifecycle: AccountLifecycle,
  ) {}

  /**
   * Nothing of it opens without the escrow key. The owner of the account finds it in the history.
   * @param loginId normalised
   * @throws keys.user-not-found, auth.escrow-refused where the account has no escrow
   */
  async make(loginId: string): Promise<EscrowExportJson> {
    const userId = await this.keys.findUserIdByLoginId(loginId);
    if (userId === null) throw accountNotFound();
    return this.transactions.run(async (tx) => {
      if ((await this.accounts.lockForNoKeyUpdate(tx, userId)) === null) throw accountNotFound();
      const escrow = await this.escrows.findIn(tx, userId);
      if (escrow === null) throw accountWithoutEscrow();
      const { statements, vault, handle } = await this.keys.exportKeys(tx, userId);
      // It was moved since it was looked up.
      if (handle.loginId !== loginId) throw accountNotFound();
      await this.lifecycle.happened(tx, { kind: 'exported', userId, actor: NO_ACTOR, detail: 'escrow' });
      return {
        format: 'sealpost-escrow-export/1',
        serviceId: this.settings.serviceId,
        userId,
        loginId,
        handleSignature: encodeBytes(handle.handleSignature),
        handleKeyVersion: handle.keyVersion,
        escrow: { fingerprint: encodeBytes(escrow.fingerprint), unlock: encodeBytes(escrow.unlock) },
        vault: encodeBytes(vault.vault),
        vaultVersion: vault.vaultVersion,
        keyVersion: vault.keyVersion,
        statements: statements.map(statementJson),
      };
    });
  }
}

function statementJson({ statement, signature, previousSignature }: SignedStatement): SignedStatementJson {
  const json = { statement: encodeBytes(statement), signature: encodeBytes(signature) };
  return previousSignature === undefined ? json : { ...json, previousSignature: encodeBytes(previousSignature) };
}
