import { Injectable } from '@nestjs/common';
import { encodePutStateFields, equalBytes, LENGTHS } from '@sealpost/protocol';
import { type AccountEvent, AccountLocks, type OwnerProof, OwnerProofs } from '../../core/accounts/index.js';
import { Clock } from '../../core/clock.js';
import { CryptoService } from '../../core/crypto/index.js';
import type { Transaction } from '../../core/database/index.js';
import { hasForm, type SharedState, judgeState } from './shared-state.js';
import { SharedStatesRepository } from './shared-states.repository.js';
import { stateConflict, stateRefused } from './state.errors.js';

const NO_HASH = new Uint8Array(LENGTHS.hash);

/** Keeps one sealed state for each account, and lets nobody overwrite what they have not seen. */
@Injectable()
export class StateService {
  constructor(
    private readonly states: SharedStatesRepository,
    private readonly owners: OwnerProofs,
    private readonly crypto: CryptoService,
    private readonly clock: Clock,
    private readonly accounts: AccountLocks,
  ) {}

  find(userId: string): Promise<SharedState | null> {
    return this.states.find(userId);
  }

  /**
   * Stores the state that comes after the stored one. The same again changes nothing. A session that has ended stores
   * nothing, not even where its request was on its way: whoever ended it may have begun a new series meanwhile.
   * @param proof a thief's token must not put garbage in the place of what the clients share
   */
  async put(userId: string, state: SharedState, proof: OwnerProof): Promise<void> {
    if (!hasForm(state.state)) throw stateRefused();
    const stateHash = this.crypto.sha256(state.state);
    const fields = encodePutStateFields({ ...state, stateHash });
    await this.owners.run({ userId, action: 'put-state', fields, proof }, async (tx) => {
      await this.accounts.lockForKeyShare(tx, userId);
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
    const found = judgeState(stored, next, NO_HASH);
    const version = stored?.stateVersion ?? 0;
    if (found === 'other-version') throw stateConflict(version, 'stateVersion');
    if (found === 'other-previous') throw stateConflict(version, 'previousHash');
    if (found === 'repetition') return;
    if (stored !== null) await this.states.replace(tx, userId, next, this.clock.now());
    else if (!(await this.states.insert(tx, userId, next, this.clock.now()))) {
      // Another device's first state came in between: now there is one to be held against.
      await this.putInTransaction(tx, userId, next);
    }
  }
}
