import pLimit from 'p-limit';

const AT_ONCE = 8;

/** Looks something up for each item, a few at once. After a failure nothing more is begun. */
export async function lookUpEach<T, R>(items: readonly T[], lookUp: (item: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(AT_ONCE);
  try {
    return await limit.map(items, lookUp);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
