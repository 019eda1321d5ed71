import { build } from 'hdr-histogram-js';

/** An hour in microseconds; longer ones count as an hour. */
const LONGEST_MICROS = 3_600_000_000;

/**
 * @typedef {object} Percentiles in milliseconds
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} max
 */

/** Latencies in milliseconds, each kept to a thousandth of itself, in constant memory. */
export class Histogram {
  #micros = build({
    bitBucketSize: 32,
    autoResize: false,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });

  get count() {
    return this.#micros.totalCount;
  }

  /** @param {number} milliseconds negative ones, of a clock that was set back, count as 0 */
  record(milliseconds) {
    this.#micros.recordValue(Math.min(LONGEST_MICROS, Math.max(0, Math.round(milliseconds * 1000))));
  }

  /**
   * The value that the given share of all values does not exceed, in milliseconds.
   * @param {number} share from 0 to 1
   */
  percentile(share) {
    return this.count === 0 ? NaN : this.#micros.getValueAtPercentile(share * 100) / 1000;
  }

  /** @returns {Percentiles} */
  summary() {
    return {
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      max: this.#micros.maxValue / 1000,
    };
  }
}
