/** Of people who are written to for the first time. */
export const LOOK_UPS_AT_ONCE = 8;

/** Runs `work` for every item, a few at a time, and keeps the order of the results. */
export async function mapInBatches<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
