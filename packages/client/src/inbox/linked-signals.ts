/** A signal that fires with the first of several. */
export interface LinkedSignals {
  readonly signal: AbortSignal;
  /** Lets go of the others, which may live much longer. */
  readonly release: () => void;
}

export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignals {
  const linked = new AbortController();
  const fire = (event: Event): void => {
    linked.abort(event.target instanceof AbortSignal ? event.target.reason : undefined);
  };
  for (const signal of signals) {
    if (signal?.aborted === true) linked.abort(signal.reason);
    signal?.addEventListener('abort', fire, { once: true });
  }
  const release = (): void => {
    for (const signal of signals) signal?.removeEventListener('abort', fire);
  };
  return { signal: linked.signal, release };
}
