import { Injectable } from '@nestjs/common';
import type { VerifiedStatement } from '@sealpost/protocol';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import { handleRefused, userNotFound } from './keys.errors.js';

/** Binds a user's present loginId to keys that are new. */
@Injectable()
export class HandleSigning {
  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly crypto: CryptoService,
  ) {}

  /**
   * Puts the signature of the user's present loginId by a new signing key in the place of the one before. Only under the lock
   * of the head, which keeps the loginId as it is.
   * @throws keys.handle-refused
   */
  async signWith(tx: Transaction, newest: VerifiedStatement, handleSignature: Uint8Array): Promise<void> {
    const { userId, version } = newest;
    const loginId = await this.statements.findLoginIdIn(tx, userId);
    if (loginId === null) throw userNotFound();
    this.verify(newest, loginId, handleSignature);
    await this.statements.signHandleAnew(tx, { userId, loginId, handleSignature, keyVersion: version });
  }

  /** @param loginId that the keys are to be found under @throws keys.handle-refused */
  verify(statement: VerifiedStatement, loginId: string, handleSignature: Uint8Array): void {
    const { serviceId, userId, version, signingPublicKey } = statement;
    const handle = { serviceId, loginId, userId, version };
    if (!this.crypto.verifyHandle(handle, handleSignature, signingPublicKey)) throw handleRefused();
  }
}
