import { Injectable } from '@nestjs/common';
import { equalBytes, LENGTHS } from '@sealpost/protocol';
import { type AccountEvent, AccountLifecycle, SessionEnds } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { CryptoService } from '../../core/crypto/index.js';
import { type Transaction, Transactions } from '../../core/database/index.js';
import { hasForm, type SharedState, succession } from './shared-state.js';
import { SharedStatesRepository } from './shared-states.repository.js';
import { stateConflict, stateRefused } from './state.errors.js';

const NO_HASH = new Uint8Array(LENGTHS.hash);

/** Who stores a state. */
export interface StateWriter {
  readonly userId: string;
  readonly sessionId: string;
}

/** Keeps one sealed state for each account, and lets nobody overwrite what they have not seen. */
@Injectable()
export class StateService {
  constructor(
    private readonly states: SharedStatesRepository,
    private readonly transactions: Transactions,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly lifecycle: AccountLifecycle,
    private readonly sessionEnds: SessionEnds,
  ) {}

  find(userId: string): Promise<SharedState | null> {
    return this.states.find(userId);
  }

  /**
   * Stores the state that comes after the stored one. The same again changes nothing. A session that has ended stores
   * nothing, not even where its request was on its way: whoever ended it may have begun a new series meanwhile.
   */
  async put({ userId, sessionId }: StateWriter, state: SharedState): Promise<void> {
    if (!hasForm(state.state)) throw stateRefused();
    await this.transactions.run(async (tx) => {
      await this.sessionEnds.hold(tx, sessionId);
      await this.lifecycle.keep(tx, userId);
      await this.putInTransaction(tx, userId, state);
    });
  }

  /**
   * With a new vault key a new series of states begins: nobody can open what was shared under the old one. All sessions
   * that could store have ended by then.
   * @throws state.state-conflict where the event names another state than the one that would be lost
   */
  async beginSeries(tx: Transaction, { userId, stateHash }: AccountEvent): Promise<void> {
    if (stateHash !== undefined) {
      const stored = await this.states.lock(tx, userId);
      const hash = stored === null ? NO_HASH : this.crypto.sha256(stored.state);
      if (!equalBytes(hash, stateHash)) throw stateConflict(stored?.stateVersion ?? 0, 'stateHash');
    }
    await this.states.remove(tx, userId);
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
