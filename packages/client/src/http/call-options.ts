/** The last options of every call that waits for the service. */
export interface CallOptions {
  /**
   * Ends the waiting: the call rejects with the signal's reason. What was not sent is not sent any more; what is under way
   * may be carried out nevertheless, as after a NetworkError.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A call as the SDK passes it on inside. */
export interface InnerCall extends CallOptions {
  /** The server has answered what the call is about: the outcome counts from now on, whenever the signal fires. */
  readonly answered?: (() => void) | undefined;
}

/**
 * The reason of signals inside the SDK. The caller's own may be anything, an ApiError of another call for example, and would
 * be taken for the server's verdict on this one.
 */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/**
 * Runs work under a signal that fires with the caller's and says nothing but that. Waits for the work to end.
 * @throws the reason of the caller's signal where the work ended for it
 */
export async function underSignal<T>({ signal }: CallOptions, work: (call: InnerCall) => Promise<T>): Promise<T> {
  if (signal === undefined) return work({});
  signal.throwIfAborted();
  const inner = new AbortController();
  const fire = (): void => {
    inner.abort(new GivenUp());
  };
  const answered = (): void => {
    signal.removeEventListener('abort', fire);
  };
  signal.addEventListener('abort', fire, { once: true });
  try {
    return await work({ signal: inner.signal, answered });
  } catch (error) {
    throw error === inner.signal.reason ? signal.reason : error;
  } finally {
    answered();
  }
}

/** The outcome of work, or the signal's reason as soon as it fires: what the work has begun ends by itself then. */
export async function abortable<T>(call: CallOptions, work: (call: InnerCall) => Promise<T>): Promise<T> {
  return underSignal(call, async (inner) => {
    const { signal } = inner;
    const outcome = work(inner);
    if (signal === undefined) return outcome;
    const fired = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([outcome, fired]);
    signal.throwIfAborted();
    return outcome;
  });
}
