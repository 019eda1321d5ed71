import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors.js';

/** A request's look at its own session. `stop` must be called when the request is answered. */
export interface SessionWatch {
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/**
 * Where requests that wait learn that their session has ended meanwhile. The guard looks at a session only when a
 * request begins.
 */
@Injectable()
export class SessionEnds {
  readonly #watched = new Map<string, Set<AbortController>>();

  watch(sessionId: string): SessionWatch {
    const controller = new AbortController();
    const watches = this.#watched.get(sessionId) ?? new Set();
    this.#watched.set(sessionId, watches.add(controller));
    const stop = (): void => {
      watches.delete(controller);
      if (watches.size === 0 && this.#watched.get(sessionId) === watches) this.#watched.delete(sessionId);
    };
    return { signal: controller.signal, stop };
  }

  /** For the module that ends sessions. */
  ended(sessionId: string): void {
    for (const controller of this.#watched.get(sessionId) ?? []) controller.abort();
  }
}

export function sessionEnded(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.session-ended',
    detail: 'The session was ended or has expired. Log in again.',
  });
}
