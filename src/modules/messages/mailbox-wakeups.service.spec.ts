import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../core/config/index.js';
import { Notifications } from '../../core/database/index.js';
import { Metrics } from '../../core/metrics/index.js';
import { Shutdown } from '../../core/shutdown.js';
import { readHints } from './mailbox-hints.js';
import type { MailboxRepository } from './mailbox.repository.js';
import { MailboxWakeups } from './mailbox-wakeups.service.js';

/** Keeps what other replicas would hear. */
class Heard extends Notifications {
  override othersListen = true;
  readonly told: [string, number][][] = [];

  override listen = (): void => undefined;

  override tell(_channel: string, payloads: readonly string[]): Promise<void> {
    for (const payload of payloads) expect(payload.length).toBeLessThan(8000);
    this.told.push(payloads.flatMap(readHints));
    return Promise.resolve();
  }
}

const [ALICE, BOB] = ['01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-00000000000b'];

describe('Wake-ups of mailboxes that a commit wrote to', () => {
  let notifications: Heard;
  let wakeups: MailboxWakeups;
  let woken: number[];

  beforeEach(() => {
    [notifications, woken] = [new Heard(), []];
    const repository = null as unknown as MailboxRepository;
    wakeups = new MailboxWakeups(notifications, new Shutdown(), loadSettings({}), repository, new Metrics());
    wakeups.follow(BOB, { wake: (position) => void woken.push(position) });
  });

  it('wake-ups reach readers of this process at once, and other replicas together, each mailbox with its newest sequence', async () => {
    wakeups.announce(new Map([[BOB, 1]]));
    for (const sequence of [3, 2, 4]) wakeups.announce(new Map([[BOB, sequence]]));
    wakeups.announce(new Map([[ALICE, 7]]));
    expect(woken).toEqual([1, 3, 2, 4]);
    await wakeups.onApplicationShutdown();
    expect(notifications.told).toEqual([
      [[BOB, 1]],
      [
        [BOB, 4],
        [ALICE, 7],
      ],
    ]);
    wakeups.announce(new Map([[ALICE, 8]]));
    expect(notifications.told.at(-1)).toEqual([[ALICE, 8]]);
  });

  it('wake-ups are told in as many notifications as their number takes', async () => {
    const many = Array.from({ length: 300 }, (_, index): [string, number] => [
      `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      Number.MAX_SAFE_INTEGER,
    ]);
    wakeups.announce(new Map(many));
    await wakeups.onApplicationShutdown();
    expect(notifications.told).toEqual([many]);
  });

  it('wake-ups are told to nobody while no other replica listens', async () => {
    notifications.othersListen = false;
    wakeups.announce(new Map([[BOB, 1]]));
    expect(woken).toEqual([1]);
    await wakeups.onApplicationShutdown();
    expect(notifications.told).toEqual([]);
  });
});
