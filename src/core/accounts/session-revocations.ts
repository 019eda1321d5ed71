import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors.js';

/** Who lasts as long as a session does. */
export interface SessionListener {
  /** Called once, at most. It must not throw. */
  sessionEnded(): void;
}

/** A request's look at its own session. `stop` must be called when the request is answered. */
export interface SessionWatch {
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/**
 * Where requests that wait, and streams, learn that their session has ended meanwhile. The guard looks at a session only
 * when a request begins. What must not be stored for a session that has ended is stored under its lock (`SessionLocks`).
 */
@Injectable()
export class SessionRevocations {
  readonly #listeners = new Map<string, Set<SessionListener>>();

  /** `forget` must be called when the listener ends by itself. */
  listen(sessionId: string, listener: SessionListener): void {
    const listeners = this.#listeners.get(sessionId) ?? new Set();
    this.#listeners.set(sessionId, listeners.add(listener));
  }

  forget(sessionId: string, listener: SessionListener): void {
    const listeners = this.#listeners.get(sessionId);
    if (listeners?.delete(listener) === true && listeners.size === 0) this.#listeners.delete(sessionId);
  }

  /** Watches for the end of a session during a single request. */
  watch(sessionId: string): SessionWatch {
    const controller = new AbortController();
    const listener = { sessionEnded: () => controller.abort() };
    this.listen(sessionId, listener);
    return { signal: controller.signal, stop: () => this.forget(sessionId, listener) };
  }

  /** For the module that ends sessions. */
  ended(sessionId: string): void {
    const listeners = this.#listeners.get(sessionId) ?? [];
    this.#listeners.delete(sessionId);
    for (const listener of listeners) listener.sessionEnded();
  }
}

export function sessionEnded(): DomainError {
  return new DomainError('auth.session-ended', 'The session was ended or has expired. Log in again.');
}
