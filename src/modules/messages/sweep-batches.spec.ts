import { describe, expect, it } from '@jest/globals';
import { SweepError, type SweepLimits } from './retention.repository.js';
import { SweepBatches } from './sweep-batches.js';

/** Rows that are due, of which some cannot be swept. */
class Rows {
  readonly swept: string[] = [];
  readonly reports: string[] = [];
  readonly sizes: number[] = [];
  pauses = 0;

  constructor(
    private due: string[],
    private readonly broken: readonly string[],
  ) {}

  batches(rows: number, goesOn = () => true): SweepBatches {
    return new SweepBatches({
      rows,
      pause: async () => {
        this.pauses += 1;
        return goesOn();
      },
      report: (id) => this.reports.push(id),
    });
  }

  readonly take = async ({ rows, except }: SweepLimits): Promise<boolean> => {
    const batch = this.due.filter((id) => !except.includes(id)).slice(0, rows);
    this.sizes.push(batch.length);
    if (batch.some((id) => this.broken.includes(id))) throw new SweepError(batch, new Error('broken'));
    this.due = this.due.filter((id) => !batch.includes(id));
    this.swept.push(...batch);
    return batch.length === rows;
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `row-${index}`);

describe('A sweep', () => {
  it('a sweep of messages goes on batch by batch with a pause after each that is not the last', async () => {
    const rows = new Rows(names(25), []);
    await rows.batches(10).run(rows.take);
    expect(rows.sizes).toEqual([10, 10, 5]);
    expect(rows.pauses).toBe(2);
  });

  it('a sweep of messages leaves out what cannot be swept, reports it once, and sweeps everything else', async () => {
    const broken = ['row-0', 'row-13', 'row-14', 'row-39'];
    const rows = new Rows(names(40), broken);
    const batches = rows.batches(16);
    await batches.run(rows.take);
    expect(rows.reports).toEqual(broken);
    expect(rows.swept).toEqual(names(40).filter((id) => !broken.includes(id)));
    await batches.run(rows.take);
    expect(rows.reports).toEqual(broken);
  });

  it('a sweep of messages tries again what failed by chance', async () => {
    const rows = new Rows(names(5), []);
    let chances = 2;
    await rows.batches(10).run((limits) => {
      chances -= 1;
      return chances < 0 ? rows.take(limits) : Promise.reject(new SweepError([], new Error('deadlock')));
    });
    expect(rows.swept).toEqual(['row-0', ...names(5).slice(1)]);
    expect(rows.reports).toEqual([]);
  });

  it('a sweep of messages ends with the error where the database is away or everything fails', async () => {
    const rows = new Rows(names(200), names(200));
    await expect(rows.batches(10).run(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(rows.batches(10).run(rows.take)).rejects.toThrow(SweepError);
    expect(rows.sizes.length).toBeLessThan(60);
  });

  it('a sweep of messages ends between two batches when the server stops', async () => {
    const rows = new Rows(names(100), []);
    await rows.batches(10, () => rows.swept.length < 30).run(rows.take);
    expect(rows.swept).toHaveLength(30);
  });
});
