/** Latencies in constant memory, each kept to a thousandth of itself. */

const PRECISION_BITS = 10;
/** Values below this are counted exactly, in microseconds. */
const EXACT = 2 ** (PRECISION_BITS + 1);
const HALF = EXACT / 2;
/** Up to 2^32 µs, more than an hour. */
const BUCKETS = EXACT + (32 - PRECISION_BITS - 1) * HALF;

/** @param {number} micros a whole number from 0 to 2^32 - 1 */
function bucketOf(micros) {
  if (micros < EXACT) return micros;
  const shift = 31 - Math.clz32(micros) - PRECISION_BITS;
  return EXACT + (shift - 1) * HALF + (micros >>> shift) - HALF;
}

/** The middle of a bucket in microseconds. */
function valueOf(bucket) {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor((bucket - EXACT) / HALF) + 1;
  const mantissa = ((bucket - EXACT) % HALF) + HALF;
  return (mantissa + 0.5) * 2 ** shift;
}

/**
 * @typedef {object} Percentiles in milliseconds
 * @property {number} p50
 * @property {number} p90
 * @property {number} p99
 * @property {number} max
 */

export class Histogram {
  #buckets = new Uint32Array(BUCKETS);
  #max = 0;
  count = 0;

  /** @param {number} milliseconds negative ones, of a clock that was set back, count as 0 */
  record(milliseconds) {
    const micros = Math.min(0xffffffff, Math.max(0, Math.round(milliseconds * 1000)));
    const bucket = bucketOf(micros);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.count += 1;
    if (micros > this.#max) this.#max = micros;
  }

  /**
   * The value that the given share of all values does not exceed, in milliseconds.
   * @param {number} share from 0 to 1
   */
  percentile(share) {
    if (this.count === 0) return NaN;
    let left = Math.max(1, Math.ceil(this.count * share));
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return Math.min(valueOf(bucket), this.#max) / 1000;
    }
    return this.#max / 1000;
  }

  /** @returns {Percentiles} */
  summary() {
    return {
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      max: this.#max / 1000,
    };
  }
}
