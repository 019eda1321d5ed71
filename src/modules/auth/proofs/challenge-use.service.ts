import { Injectable } from '@nestjs/common';
import { Transactions } from '../../../core/database/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { DomainError } from '../../../core/errors.js';
import { challengeUsed } from '../shared/auth.errors.js';
import { UsedChallengesRepository } from './used-challenges.repository.js';

/** What a proof was valid for is done once, whatever comes of it. */
@Injectable()
export class ChallengeUse {
  constructor(
    private readonly transactions: Transactions,
    private readonly usedChallenges: UsedChallengesRepository,
  ) {}

  /**
   * Runs `work` in a transaction that uses the challenge up. Only for challenges whose proof holds. The challenge stays
   * used where `work` refuses, and is free again where the server failed.
   * @throws auth.challenge-used
   */
  async run<T>(challenge: Uint8Array, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.transactions.run(async (tx) => {
        if (!(await this.usedChallenges.use(tx, challenge))) throw challengeUsed();
        return work(tx);
      });
    } catch (error) {
      // The transaction took the use of the challenge back with everything else.
      if (error instanceof DomainError && error.status < 500) {
        await this.transactions.run((tx) => this.usedChallenges.use(tx, challenge));
      }
      throw error;
    }
  }
}
