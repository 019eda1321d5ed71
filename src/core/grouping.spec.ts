import { describe, expect, it } from '@jest/globals';
import { Grouping, type GroupLimits } from './grouping.js';

const LIMITS: GroupLimits = {
  groupsInFlight: 2,
  itemsPerGroup: 4,
  weightPerGroup: 100,
  waitingItems: 6,
  waitingWeight: 1000,
};

/** Work that ends when the test lets it. */
class Work {
  readonly groups: { items: readonly number[]; finish: (error?: Error) => void }[] = [];

  readonly do = (items: readonly number[]): Promise<readonly number[]> =>
    new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        if (error === undefined) resolve(items.map((item) => item * 10));
        else reject(error);
      };
      this.groups.push({ items, finish });
    });

  get items(): (readonly number[])[] {
    return this.groups.map((group) => group.items);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function begin(limits: Partial<GroupLimits> = {}): { work: Work; grouping: Grouping<number, number> } {
  const work = new Work();
  return { work, grouping: new Grouping(work.do, { ...LIMITS, ...limits }) };
}

describe('Grouped work', () => {
  it('what arrives together is done together, each with its own result', async () => {
    const { work, grouping } = begin();
    const [first, second] = [grouping.add(1, 1), grouping.add(2, 1)];
    await turn();
    expect(work.items).toEqual([[1, 2]]);
    work.groups[0]?.finish();
    expect([await first, await second]).toEqual([10, 20]);
  });

  it('what arrives together forms the next group while as many as allowed are in flight', async () => {
    const { work, grouping } = begin();
    for (const item of [1, 2, 3, 4, 5]) {
      void grouping.add(item, 1);
      await turn();
    }
    expect(work.items).toEqual([[1], [2]]);
    expect(grouping.depth).toBe(3);
    work.groups[1]?.finish();
    await turn();
    expect(work.items).toEqual([[1], [2], [3, 4, 5]]);
  });

  it('what arrives together is split where a group would have too many items or too much weight', async () => {
    const { work, grouping } = begin({ groupsInFlight: 9 });
    for (const item of [1, 2, 3, 4, 5]) void grouping.add(item, 1);
    await turn();
    for (const [item, weight] of [
      [6, 60],
      [7, 60],
      [8, 500],
      [9, 1],
    ] as const) {
      void grouping.add(item, weight);
    }
    await turn();
    await turn();
    expect(work.items).toEqual([[1, 2, 3, 4], [5], [6], [7], [8], [9]]);
  });

  it('what arrives together shares a failure, which is not the fate of the next group', async () => {
    const { work, grouping } = begin({ groupsInFlight: 1 });
    const failing = [1, 2].map((item) => grouping.add(item, 1));
    await turn();
    const next = grouping.add(3, 1);
    work.groups[0]?.finish(new Error('no disk'));
    for (const result of failing) await expect(result).rejects.toThrow('no disk');
    await turn();
    work.groups[1]?.finish();
    expect(await next).toBe(30);
  });
});

describe('The queue', () => {
  it('the queue of a group refuses at once what it has no room for, and takes more when a group has left it', async () => {
    const { work, grouping } = begin({ groupsInFlight: 1 });
    void grouping.add(0, 1);
    await turn();
    for (const item of [1, 2, 3, 4, 5, 6]) expect(grouping.add(item, 1)).not.toBeNull();
    expect(grouping.add(7, 1)).toBeNull();
    work.groups[0]?.finish();
    await turn();
    expect(work.items).toEqual([[0], [1, 2, 3, 4]]);
    expect(grouping.add(7, 1)).not.toBeNull();
  });

  it('the queue of a group is bounded by weight, and takes a single item of any weight', async () => {
    const { grouping } = begin({ groupsInFlight: 1 });
    void grouping.add(0, 1);
    await turn();
    expect(grouping.add(1, 5000)).not.toBeNull();
    expect(grouping.add(2, 1)).toBeNull();
  });

  it('the queue of a group fails loudly where the work forgets an item', async () => {
    const grouping = new Grouping(() => Promise.resolve([]), LIMITS);
    await expect(grouping.add(1, 1)).rejects.toThrow('a result for each item');
  });
});
