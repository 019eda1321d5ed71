import { Injectable } from '@nestjs/common';
import { LENGTHS } from '@sealpost/protocol';
import { AccountLifecycle } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { CryptoService } from '../../core/crypto/index.js';
import { type Transaction, Transactions } from '../../core/database/index.js';
import { hasForm, type SharedState, succession } from './shared-state.js';
import { SharedStatesRepository } from './shared-states.repository.js';
import { stateConflict, stateRefused } from './state.errors.js';

const NO_HASH = new Uint8Array(LENGTHS.hash);

/** Keeps one sealed state for each account, and lets nobody overwrite what they have not seen. */
@Injectable()
export class StateService {
  constructor(
    private readonly states: SharedStatesRepository,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly lifecycle: AccountLifecycle,
  ) {}

  find(userId: string): Promise<SharedState | null> {
    return this.states.find(userId);
  }

  /** Stores the state that comes after the stored one. The same again changes nothing. */
  async put(userId: string, state: SharedState): Promise<void> {
    if (!hasForm(state.state)) throw stateRefused();
    await this.transactions.run(async (tx) => {
      await this.lifecycle.keep(tx, userId);
      await this.putInTransaction(tx, userId, state);
    });
  }

  private async putInTransaction(tx: Transaction, userId: string, next: SharedState): Promise<void> {
    const row = await this.states.lock(tx, userId);
    const stored = row === null ? null : { ...row, hash: this.crypto.sha256(row.state) };
    const standing = succession(stored, next, NO_HASH);
    const version = stored?.stateVersion ?? 0;
    if (standing === 'other-version') throw stateConflict(version, 'stateVersion');
    if (standing === 'other-previous') throw stateConflict(version, 'previousHash');
    if (standing === 'repetition') return;
    if (stored !== null) await this.states.replace(tx, userId, next, this.clock.now());
    else if (!(await this.states.insert(tx, userId, next, this.clock.now()))) {
      // Another device's first state came in between: now there is one to be held against.
      await this.putInTransaction(tx, userId, next);
    }
  }
}
