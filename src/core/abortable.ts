/**
 * The result of `work`, or the signal's reason as soon as that is aborted: for waits that have nothing to tidy up. The
 * work itself is not stopped.
 * @param mayAbort asked when the signal is aborted; false leaves it to `work` to end
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  mayAbort: () => boolean = () => true,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      if (mayAbort()) reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
