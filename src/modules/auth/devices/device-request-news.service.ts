import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../../../core/config/index.js';
import { type NotificationListener, Notifications } from '../../../core/database/index.js';
import { Shutdown } from '../../../core/shutdown.js';
import { DEVICE_REQUESTS_CHANNEL } from './device-requests.repository.js';
import { DeviceWait } from './device-wait.js';

/** How often a request that somebody waits for is looked at while notifications do not arrive. */
const LOOK_MS = 1000;
/** The same while they do: a notification is only a hint. */
const SAFETY_LOOK_MS = 10_000;
/** A request has two sides. More than these get their answer at once. */
const WAITS_PER_REQUEST = 4;

/** How long a read may wait, and what ends it early. */
export interface DevicePatience {
  readonly seconds: number;
  readonly signals: readonly AbortSignal[];
}

/** Reads of a new device's request that wait until it gets further, at whatever replica. */
@Injectable()
export class DeviceRequestNews implements NotificationListener, OnApplicationBootstrap {
  readonly #waits = new Map<string, Set<DeviceWait>>();
  #connected = false;

  constructor(
    private readonly notifications: Notifications,
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
  ) {}

  onApplicationBootstrap(): void {
    this.notifications.listen(DEVICE_REQUESTS_CHANNEL, this);
  }

  received(payload: string): void {
    for (const wait of this.#waits.get(payload) ?? []) wait.wake();
  }

  /** What was notified meanwhile is lost: the table knows it. */
  connected(): void {
    this.#connected = true;
    this.#wakeAll();
  }

  disconnected(): void {
    this.#connected = false;
    this.#wakeAll();
  }

  /** Looks again and again until what it finds `isNews`, or the time is over. */
  async read<T>(
    id: string,
    patience: DevicePatience,
    look: () => Promise<T>,
    isNews: (found: T) => boolean,
  ): Promise<T> {
    const seconds = Math.min(patience.seconds, this.settings.longPollMaxSeconds);
    const waits = this.#waits.get(id) ?? new Set();
    if (seconds === 0 || waits.size >= WAITS_PER_REQUEST) return look();
    const wait = new DeviceWait(seconds * 1000, [...patience.signals, this.shutdown.signal]);
    this.#waits.set(id, waits.add(wait));
    try {
      for (;;) {
        const found = await look();
        if (wait.over || isNews(found)) return found;
        await wait.news(this.#connected ? SAFETY_LOOK_MS : LOOK_MS);
      }
    } finally {
      wait.stop();
      waits.delete(wait);
      if (waits.size === 0) this.#waits.delete(id);
    }
  }

  #wakeAll(): void {
    for (const waits of this.#waits.values()) for (const wait of waits) wait.wake();
  }
}
