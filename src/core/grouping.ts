/** How much may be on its way at once. */
export interface GroupLimits {
  /** Groups that are worked on at the same time. */
  readonly groupsInFlight: number;
  /** Items of one group. */
  readonly itemsPerGroup: number;
  /** Sum of the weights of one group; an item heavier than that goes alone. */
  readonly weightPerGroup: number;
  /** Items that wait for a group. */
  readonly waitingItems: number;
  /** Sum of the weights of the items that wait. */
  readonly waitingWeight: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does together what arrives together, e.g. in one transaction or one query. An item that arrives while few groups are in
 * flight starts one at once, so nothing waits on an idle server; what arrives meanwhile forms the next group, so the
 * busier the server is, the more items share the work. There is no timer. The queue is bounded: `add` answers at once
 * that it is full.
 */
export class Grouping<Item, Result> {
  readonly #queue: Waiting<Item, Result>[] = [];
  #waitingWeight = 0;
  #inFlight = 0;
  #scheduled = false;

  /**
   * @param work does a group; one result for each item, in their order. A rejection is that of every item.
   */
  constructor(
    private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly limits: GroupLimits,
  ) {}

  /** Items that wait for a group; those in flight are not counted. */
  get depth(): number {
    return this.#queue.length;
  }

  /** @returns the item's own result, or null at once where the queue is full */
  add(item: Item, weight: number): Promise<Result> | null {
    const { waitingItems, waitingWeight } = this.limits;
    const full = this.#queue.length >= waitingItems || this.#waitingWeight + weight > waitingWeight;
    if (full && this.#queue.length > 0) return null;
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, weight, resolve, reject });
      this.#waitingWeight += weight;
      this.#schedule();
    });
  }

  /** Requests that were read from their sockets in one go form one group: it starts when all of them were handled. */
  #schedule(): void {
    const idle = this.#queue.length === 0 || this.#inFlight >= this.limits.groupsInFlight;
    if (this.#scheduled || idle) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start(): void {
    const group = this.#takeGroup();
    this.#inFlight += 1;
    void this.#run(group).finally(() => {
      this.#inFlight -= 1;
      this.#schedule();
    });
    this.#schedule();
  }

  #takeGroup(): Waiting<Item, Result>[] {
    const { itemsPerGroup, weightPerGroup } = this.limits;
    let count = 0;
    let weight = 0;
    for (const waiting of this.#queue) {
      if (count === itemsPerGroup || (count > 0 && weight + waiting.weight > weightPerGroup)) break;
      count += 1;
      weight += waiting.weight;
    }
    this.#waitingWeight -= weight;
    return this.#queue.splice(0, count);
  }

  async #run(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(group.map(({ item }) => item));
      if (results.length !== group.length) throw new Error('A group has not got a result for each item');
      group.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
