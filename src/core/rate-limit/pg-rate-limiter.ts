import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { RateLimitRule } from '../config/index.js';
import { CryptoService } from '../crypto/index.js';
import { Database, isTransactionConflict } from '../database/index.js';
import { ServerSecrets } from '../secrets/index.js';
import { gcraOf, judge } from './gcra.js';
import type { Gcra } from './gcra.js';
import { KnownDebts } from './known-debts.js';
import { rateLimitKey } from './rate-limit-key.js';
import { limiterBusy } from './rate-limit.errors.js';
import { FORGET, TAKE } from './rate-limit.sql.js';
import { RateLimiter } from './rate-limiter.js';
import type { Amount, RateLimitVerdict } from './rate-limiter.js';

const MOST_IN_FLIGHT = 2;
const LARGEST_BATCH = 100;
/** Beyond them the database is far behind, and whoever asks is better told at once. */
const MOST_WAITING = 10_000;

interface Question {
  readonly key: string;
  readonly gcra: Gcra;
  readonly amount: Amount;
  readonly resolve: (verdict: RateLimitVerdict) => void;
  readonly reject: (error: unknown) => void;
}

interface TakeRow {
  readonly debt: number;
  readonly available: number;
  readonly written: boolean;
}

/**
 * Counts in the table `rate_limits`, exactly, over all replicas. Questions that arrive while two statements are in flight
 * form the next one, so a burst of them costs few statements and few connections. Those about one key wait for each
 * other, as the table's row would make them.
 */
@Injectable()
export class PgRateLimiter extends RateLimiter {
  private readonly knownDebts: KnownDebts;
  /** For each key the questions about it, in their order. */
  private readonly lines = new Map<string, Question[]>();
  private waiting = 0;
  private inFlight = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly crypto: CryptoService,
    private readonly secrets: ServerSecrets,
  ) {
    super();
    this.knownDebts = new KnownDebts(clock);
  }

  override async takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict> {
    const gcra = gcraOf(rule);
    const refusal = this.knownDebts.refusal(key, gcra, amount);
    if (refusal !== null) return refusal;
    if (this.waiting >= MOST_WAITING) throw limiterBusy();
    return new Promise((resolve, reject) => {
      this.queue({ key, gcra, amount, resolve, reject });
      this.pump();
    });
  }

  /** Deletes at most `limit` rows that say nothing any more, and returns how many there were. */
  async forget(limit: number): Promise<number> {
    return (await this.database.pool.query({ ...FORGET, values: [limit] })).rowCount ?? 0;
  }

  private queue(question: Question): void {
    this.waiting += 1;
    const line = this.lines.get(question.key);
    if (line === undefined) this.lines.set(question.key, [question]);
    else line.push(question);
  }

  private pump(): void {
    while (this.inFlight < MOST_IN_FLIGHT && this.lines.size > 0) {
      const batch = this.nextBatch();
      // All that waited was refused without a question.
      if (batch.length === 0) continue;
      this.inFlight += 1;
      void this.ask(batch).finally(() => {
        this.inFlight -= 1;
        this.pump();
      });
    }
  }

  /** One question from each line. A line that has more goes to the end. */
  private nextBatch(): Question[] {
    const batch: Question[] = [];
    const further: [string, Question[]][] = [];
    for (const [key, line] of this.lines) {
      if (batch.length === LARGEST_BATCH) break;
      this.lines.delete(key);
      const question = this.nextInLine(line);
      if (question !== undefined) batch.push(question);
      if (line.length > 0) further.push([key, line]);
    }
    for (const [key, line] of further) this.lines.set(key, line);
    return batch;
  }

  /** The first question that only the database can answer; those before it are refused. */
  private nextInLine(line: Question[]): Question | undefined {
    for (let question = line.shift(); question !== undefined; question = line.shift()) {
      this.waiting -= 1;
      const refusal = this.knownDebts.refusal(question.key, question.gcra, question.amount);
      if (refusal === null) return question;
      question.resolve(refusal);
    }
    return undefined;
  }

  private async ask(batch: readonly Question[]): Promise<void> {
    const askedAt = this.clock.now();
    try {
      const rows = await this.takeAll(batch);
      for (const [index, question] of batch.entries()) this.answer(question, rows[index], askedAt);
    } catch (error) {
      const again = isTransactionConflict(error);
      for (const question of batch) {
        if (again) this.queue(question);
        else question.reject(error);
      }
    }
  }

  private async takeAll(batch: readonly Question[]): Promise<TakeRow[]> {
    const { rows } = await this.database.pool.query<TakeRow>({
      ...TAKE,
      values: [
        batch.map(({ key }) => Buffer.from(rateLimitKey(key, this.crypto, this.secrets))),
        batch.map(({ gcra }) => gcra.perAttempt),
        batch.map(({ gcra }) => gcra.room),
        batch.map(({ amount }) => amount.least),
        batch.map(({ amount }) => amount.most),
      ],
    });
    return rows;
  }

  private answer(question: Question, row: TakeRow | undefined, askedAt: number): void {
    if (row === undefined) throw new Error('The database did not answer every question about rate limits');
    const { debt, available, written } = row;
    if (available < question.amount.least) {
      this.knownDebts.remember(question.key, debt, askedAt);
      question.resolve(judge(question.gcra, debt, question.amount));
    } else if (written) question.resolve({ allowed: true, granted: available });
    else this.queue(question);
  }
}
