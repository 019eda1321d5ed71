/** A number that only grows. One observation costs a few nanoseconds: nothing is looked up, nothing is allocated. */
export class Counter {
  private count = 0;

  get value(): number {
    return this.count;
  }

  increment(by = 1): void {
    this.count += by;
  }
}

/** Counts values by size, in buckets with fixed upper bounds. */
export class Histogram {
  /** Observations in each bucket, the last of which has no upper bound; not cumulated. */
  readonly counts: Float64Array;
  private total = 0;

  /** `bounds` ascend; a value that equals a bound belongs to its bucket. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.total;
  }

  observe(value: number): void {
    let bucket = 0;
    while (value > (this.bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total += value;
  }
}

/** An instrument for each combination of label values. */
export class Family<Label extends string, Instrument> {
  private readonly members = new Map<string, { labels: Record<string, string>; instrument: Instrument }>();

  constructor(
    private readonly labels: readonly Label[],
    private readonly make: () => Instrument,
    private readonly capacity: number,
  ) {}

  /**
   * The instrument of these label values. Look it up once and keep it: the look-up costs more than the observation.
   * Beyond the capacity all further combinations share one, whose labels all say `other`.
   */
  with(values: Readonly<Record<Label, string>>): Instrument {
    return this.member(values) ?? this.member(this.others()) ?? this.add(this.others());
  }

  /** Every instrument made so far with its labels. */
  *[Symbol.iterator](): Generator<readonly [Readonly<Record<string, string>>, Instrument]> {
    for (const { labels, instrument } of this.members.values()) yield [labels, instrument];
  }

  private member(values: Readonly<Record<Label, string>>): Instrument | undefined {
    const found = this.members.get(this.keyOf(values));
    if (found !== undefined) return found.instrument;
    return this.members.size < this.capacity ? this.add(values) : undefined;
  }

  private add(values: Readonly<Record<Label, string>>): Instrument {
    const labels = Object.fromEntries(this.labels.map((label) => [label, values[label]]));
    const instrument = this.make();
    this.members.set(this.keyOf(values), { labels, instrument });
    return instrument;
  }

  private keyOf(values: Readonly<Record<Label, string>>): string {
    return this.labels.map((label) => values[label]).join('\n');
  }

  private others(): Record<Label, string> {
    return Object.fromEntries(this.labels.map((label) => [label, 'other'])) as Record<Label, string>;
  }
}
