import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { RateLimitRule } from '../config/index.js';
import { CryptoService } from '../crypto/index.js';
import { countOf, Database, repeatOnConflict, rowsOf } from '../database/index.js';
import { DomainError } from '../errors.js';
import { Grouping } from '../grouping.js';
import { PeriodicWork } from '../periodic-work.js';
import { ServerSecrets } from '../secrets/index.js';
import { ArrivalTimes, gcraOf, IMPOSSIBLE_MARGIN, judge, RateLimiter } from './gcra.js';
import type { Amount, Gcra, RateLimitVerdict } from './gcra.js';

/** Beyond them the database is far behind, and whoever asks is better told at once. */
const MOST_WAITING = 10_000;
const GROUPS = {
  groupsInFlight: 2,
  itemsPerGroup: 100,
  weightPerGroup: 100,
  waitingItems: MOST_WAITING,
  waitingWeight: MOST_WAITING,
};
const REFUSALS_REMEMBERED = 10_000;
const KEY_BYTES = 16;
const SWEEP_MS = 10_000;
const SWEPT_AT_ONCE = 1000;

/**
 * GCRA for many keys at once, by the database's clock, which all replicas share. Rows are locked and inserted in the
 * order of their keys, so that two groups do not wait for each other. `written` is false also for a grant where another
 * transaction inserted the key at the same time: then the question is to be asked again.
 * $1 keys, each once, $2 emission intervals, $3 burst tolerances, $4 least, $5 most. Rows in the order asked for.
 */
const TAKE = {
  name: 'rate-limit-take',
  text: `
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest($1::bytea[], $2::float8[], $3::float8[], $4::int[], $5::int[])
        WITH ORDINALITY AS asked (key, emission_interval, burst_tolerance, least, most, position)
    ), held AS MATERIALIZED (
      SELECT key, tat FROM rate_limits WHERE key = ANY($1::bytea[]) ORDER BY key FOR NO KEY UPDATE
    ), stored AS (
      SELECT asked.*, held.key IS NOT NULL AS known,
             COALESCE(GREATEST(0, (extract(epoch FROM held.tat - now()) * 1000000)::float8), 0) AS stored_ahead
        FROM asked LEFT JOIN held USING (key)
    ), states AS (
      SELECT stored.*,
             CASE WHEN stored_ahead > burst_tolerance + ${IMPOSSIBLE_MARGIN} THEN 0 ELSE stored_ahead END AS ahead
        FROM stored
    ), verdicts AS MATERIALIZED (
      SELECT states.*, floor((burst_tolerance - ahead) / emission_interval) AS available FROM states
    ), grants AS MATERIALIZED (
      SELECT key, known,
             now() + (ahead + ceil(LEAST(most, available) * emission_interval)) * interval '1 microsecond' AS tat
        FROM verdicts WHERE available >= least
    ), updated AS (
      UPDATE rate_limits SET tat = grants.tat FROM grants WHERE grants.known AND rate_limits.key = grants.key
      RETURNING rate_limits.key
    ), inserted AS (
      INSERT INTO rate_limits (key, tat) SELECT key, tat FROM grants WHERE NOT known ORDER BY key
      ON CONFLICT (key) DO NOTHING
      RETURNING key
    ), written AS (
      SELECT key FROM updated UNION ALL SELECT key FROM inserted
    )
    SELECT ahead, available, written.key IS NOT NULL AS written
      FROM verdicts LEFT JOIN written USING (key) ORDER BY position`,
};

/** $1 limit. A row whose time has passed says what the absence of a row says. Skips what another transaction holds. */
export const FORGET = {
  name: 'rate-limit-forget',
  text: `
    DELETE FROM rate_limits WHERE key IN (
      SELECT key FROM rate_limits WHERE tat < now() ORDER BY tat LIMIT $1 FOR UPDATE SKIP LOCKED
    )`,
};

interface Question {
  readonly key: string;
  readonly gcra: Gcra;
  readonly amount: Amount;
}

interface TakeRow {
  readonly ahead: number;
  readonly available: number;
  readonly written: boolean;
}

/**
 * Counts in the table `rate_limits`, exactly, over all replicas. Questions that arrive together share a statement; those
 * about one key wait for each other, as the table's row would make them. Whoever was refused is refused from memory
 * until the time has come: arrival times only grow by what others take, so the database would refuse them too.
 */
@Injectable()
export class PgRateLimiter extends RateLimiter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #refused: ArrivalTimes;
  readonly #groups = new Grouping((questions: readonly Question[]) => this.#takeAll(questions), GROUPS);
  /** The end of the last question about each key. */
  readonly #lastOf = new Map<string, Promise<unknown>>();
  readonly #sweeps = new PeriodicWork(() => this.#sweep(), {
    everyMs: SWEEP_MS,
    failure: 'Old rate limits could not be deleted',
  });
  #waiting = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly crypto: CryptoService,
    private readonly secrets: ServerSecrets,
  ) {
    super();
    this.#refused = new ArrivalTimes(clock, REFUSALS_REMEMBERED);
  }

  onApplicationBootstrap(): void {
    this.#sweeps.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#sweeps.stop();
  }

  override async takeSome(key: string, rule: RateLimitRule, amount: Amount): Promise<RateLimitVerdict> {
    const question = { key, gcra: gcraOf(rule), amount };
    const refusal = this.#refused.refusal(key, question.gcra, amount);
    if (refusal !== null) return refusal;
    if (this.#waiting >= MOST_WAITING) throw limiterBusy();
    this.#waiting += 1;
    const verdict = (this.#lastOf.get(key) ?? Promise.resolve()).then(() => this.#ask(question));
    const end = verdict
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
        if (this.#lastOf.get(key) === end) this.#lastOf.delete(key);
      });
    this.#lastOf.set(key, end);
    return verdict;
  }

  /** Deletes at most `limit` rows that say nothing any more, and returns how many there were. */
  forget(limit: number): Promise<number> {
    return countOf(this.database, FORGET, [limit]);
  }

  async #ask(question: Question): Promise<RateLimitVerdict> {
    const { key, gcra, amount } = question;
    for (;;) {
      const refusal = this.#refused.refusal(key, gcra, amount);
      if (refusal !== null) return refusal;
      // The time of the question, so that what is remembered is too early rather than too late.
      const askedAt = this.clock.now();
      const answer = this.#groups.add(question, 1);
      if (answer === null) throw limiterBusy();
      const { ahead, available, written } = await answer;
      if (available < amount.least) {
        this.#refused.set(key, ahead, askedAt);
        return judge(gcra, ahead, amount);
      }
      const granted = Math.min(amount.most, available);
      if (written) return { allowed: true, granted, left: available - granted };
    }
  }

  async #takeAll(questions: readonly Question[]): Promise<readonly TakeRow[]> {
    const values = [
      questions.map(({ key }) => this.#rowKey(key)),
      questions.map(({ gcra }) => gcra.emissionInterval),
      questions.map(({ gcra }) => gcra.burstTolerance),
      questions.map(({ amount }) => amount.least),
      questions.map(({ amount }) => amount.most),
    ];
    return repeatOnConflict(() => rowsOf<TakeRow>(this.database, TAKE, values));
  }

  /** A MAC, the same on all replicas, so that neither addresses nor loginIds stand in the table for others to try out. */
  #rowKey(key: string): Buffer {
    const mac = this.crypto.hmacSha256(this.secrets.decoyKey, Buffer.from(`sealpost/rate-limit/v1\0${key}`, 'utf8'));
    return Buffer.from(mac.subarray(0, KEY_BYTES));
  }

  /** Deletes rows that say nothing any more; replicas share the work. */
  async #sweep(): Promise<void> {
    while (!this.#sweeps.signal.aborted && (await this.forget(SWEPT_AT_ONCE)) === SWEPT_AT_ONCE);
  }
}

/** The refusal of a question behind which so many wait for the database that it would wait for too long. */
function limiterBusy(): DomainError {
  return new DomainError('server.unavailable', 'The database cannot keep up at the moment. Repeat the request.', {
    retryAfterSeconds: 1,
  });
}
