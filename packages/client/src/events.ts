import type { PendingReset } from './account/reset.js';
import type { PendingDevice } from './devices/devices.js';
import type { InboxConnection } from './inbox/reconnect.js';
import type { KeyVersion } from './keys/own-keys.js';
import type { SyncOutcome } from './sync/sync-schedule.js';

/** What a client tells by itself, by the type of the event: `event.detail`. */
export interface ClientEventMap {
  /** An inbox that waits was connected, or has lost the server. */
  readonly connection: InboxConnection;
  /** What this client knows of people was shared with the user's others, or could not be. */
  readonly sync: SyncOutcome;
  /** The user's own keys are other ones, by this client or another of the user's. */
  readonly keys: KeyVersion;
  /** Somebody has asked for a reset of the account. Looked for while somebody listens, every ten minutes. */
  readonly reset: PendingReset;
  /** A new device wants to join the account. Looked for while somebody listens, four times a minute. */
  readonly device: PendingDevice;
}

export type ClientEventType = keyof ClientEventMap;
export type ClientListener<Type extends ClientEventType> = (event: CustomEvent<ClientEventMap[Type]>) => unknown;

export interface ListenerOptions {
  /** Removes the listener when it fires. */
  readonly signal?: AbortSignal;
  /** Removes the listener after the first event. */
  readonly once?: boolean;
}

/** What the server tells only whoever asks. */
interface Looks {
  readonly reset: () => Promise<readonly PendingReset[]>;
  readonly device: () => Promise<readonly PendingDevice[]>;
}

const LOOK_MS = { reset: 10 * 60_000, device: 15_000 } as const;

/**
 * Listeners as those of an EventTarget. They are called at once, one after the other; what one throws, or rejects with,
 * is reported, and disturbs neither the others nor the client.
 */
export class ClientEvents {
  readonly #listeners = new Map<ClientEventType, Map<unknown, (event: CustomEvent) => Promise<void>>>();
  readonly #looking = new Set<ClientEventType>();
  #looks: Looks | null = null;

  constructor(private readonly closing: AbortSignal) {
    closing.addEventListener('abort', () => {
      this.#listeners.clear();
    });
  }

  add<Type extends ClientEventType>(
    type: Type,
    listener: ClientListener<Type>,
    { signal, once }: ListenerOptions = {},
  ): void {
    if (signal?.aborted === true || this.closing.aborted) return;
    const listeners = this.#listeners.get(type) ?? new Map<unknown, (event: CustomEvent) => Promise<void>>();
    this.#listeners.set(type, listeners);
    if (listeners.has(listener)) return;
    listeners.set(listener, async (event: CustomEvent<ClientEventMap[Type]>) => {
      if (once === true) this.remove(type, listener);
      try {
        await listener(event);
      } catch (error) {
        report(error);
      }
    });
    signal?.addEventListener('abort', () => this.remove(type, listener), { once: true });
    if (type === 'reset' || type === 'device') this.#lookFor(type);
  }

  remove<Type extends ClientEventType>(type: Type, listener: ClientListener<Type>): void {
    this.#listeners.get(type)?.delete(listener);
  }

  tell<Type extends ClientEventType>(type: Type, detail: ClientEventMap[Type]): void {
    const event = new CustomEvent(type, { detail });
    for (const call of [...(this.#listeners.get(type)?.values() ?? [])]) void call(event);
  }

  /** From now on whoever listens hears of what these find. */
  looksBy(looks: Looks): void {
    this.#looks = looks;
  }

  /** Looks now and again for what is new, as long as somebody listens. A look that fails is repeated at the next time. */
  #lookFor(type: keyof Looks): void {
    if (this.#looks === null || this.#looking.has(type)) return;
    this.#looking.add(type);
    const told = new Set<string>();
    const look = async (): Promise<void> => {
      for (const found of (await this.#looks?.[type]().catch(() => [])) ?? []) {
        const name = 'id' in found ? found.id : JSON.stringify(found);
        if (!told.has(name)) this.tell(type, found);
        told.add(name);
      }
    };
    const timer = setInterval(() => {
      if ((this.#listeners.get(type)?.size ?? 0) > 0) return void look();
      clearInterval(timer);
      this.#looking.delete(type);
    }, LOOK_MS[type]);
    // A program that has nothing else to do may end.
    (timer as { unref?: () => void }).unref?.();
    void look();
  }
}

/** As what a page does not catch, where there is a page; in Node as a warning of the process, which ends nothing. */
function report(error: unknown): void {
  const { process } = globalThis as { process?: { emitWarning?: (warning: string) => void } };
  if (typeof reportError === 'function') reportError(error);
  else process?.emitWarning?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
