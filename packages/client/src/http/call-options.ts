/** The last options of every call that waits for the service. */
export interface CallOptions {
  /**
   * Ends the waiting: the call rejects with the signal's reason. What was not sent is not sent any more; what is under way
   * may be carried out nevertheless, as after a NetworkError.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The outcome of work, or the signal's reason as soon as it fires: what the work has begun ends by itself then. */
export async function abortable<T>({ signal }: CallOptions, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let fire = (): void => undefined;
  const fired = new Promise<void>((resolve) => (fire = resolve));
  signal.addEventListener('abort', fire, { once: true });
  try {
    const outcome = work();
    await Promise.race([outcome, fired]);
    signal.throwIfAborted();
    return await outcome;
  } finally {
    signal.removeEventListener('abort', fire);
  }
}
