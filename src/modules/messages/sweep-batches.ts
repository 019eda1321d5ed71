import { SweepError, type SweepLimits } from './retention.repository.js';

/** So many batches of one sweep may fail; then something else is wrong than what they hold. */
const MOST_FAILURES = 50;
/** What cannot be swept is remembered, to be reported once; beyond this number it is tried again. */
const MOST_EXCEPTIONS = 1000;

export interface SweepPace {
  /** What a batch takes at most, if nothing fails. */
  readonly rows: number;
  /** Waits between two batches; `batchMs` is what the last one took. Resolves to whether the sweep goes on. */
  pause(batchMs: number): Promise<boolean>;
  /** Called once for each message or mailbox that cannot be swept, with the reason. */
  report(id: string, cause: unknown): void;
}

/**
 * Sweeps batch by batch. A batch that fails is taken apart: rows are taken one by one, then more and more again, so
 * that the one that cannot be swept is found and left out, and keeps no other from being swept.
 */
export class SweepBatches {
  readonly #except = new Set<string>();

  constructor(private readonly pace: SweepPace) {}

  /**
   * @param take one batch; resolves to whether more is due
   * @throws whatever `take` throws besides SweepErrors
   */
  async run(take: (limits: SweepLimits) => Promise<boolean>): Promise<void> {
    let { rows } = this.pace;
    let failures = 0;
    for (let more = true; more;) {
      const begun = performance.now();
      try {
        more = await take({ rows, except: [...this.#except] });
        rows = Math.min(this.pace.rows, rows * 2);
      } catch (error) {
        rows = 1;
        failures += 1;
        this.#judge(error, failures);
      }
      more &&= await this.pace.pause(performance.now() - begun);
    }
  }

  #judge(error: unknown, failures: number): void {
    if (failures > MOST_FAILURES || !(error instanceof SweepError)) throw error;
    const [id, ...others] = error.ids;
    if (id === undefined || others.length > 0) return;
    if (this.#except.size === MOST_EXCEPTIONS) this.#except.clear();
    this.#except.add(id);
    this.pace.report(id, error.cause);
  }
}
