const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What is waited for, as the end of the sentence "waited 5 s for …". */
  readonly what?: string;
}

/**
 * Asks `condition` again and again until it gives something other than false, null or undefined, and returns that.
 * An error of the condition counts as "not yet"; the last one is the cause of the error at the end of the time.
 */
export async function waitFor<T>(
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 60_000, what = 'a condition' } = options;
  const end = performance.now() + timeoutMs;
  let lastError: unknown;
  for (let pause = FIRST_PAUSE_MS; performance.now() < end; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Error(`Waited ${timeoutMs / 1000} s for ${what}`, { cause: lastError });
}
