import { randomInt } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { isDatabaseUnavailable } from '../../core/database/index.js';
import type { MailboxReader, ReadQueue } from './mailbox-reader.js';
import { type MailboxPage, MailboxRepository } from './mailbox.repository.js';

const MOST_READS_AT_ONCE = 16;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** After so long without the database those who want to read are told. */
const PATIENCE_MS = 30_000;

/**
 * The queue of woken readers: as many read at once as leave half of the connections to everybody else. While the database
 * is away they wait here, and one of them tries it now and then.
 */
@Injectable()
export class MailboxReadsService implements ReadQueue, OnApplicationShutdown {
  readonly #logger = new Logger(MailboxReadsService.name);
  readonly #waiting = new Set<MailboxReader>();
  readonly #most: number;
  #reading = 0;
  #awaySince: number | null = null;
  #pauseMs = SHORTEST_PAUSE_MS;
  #pause: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly clock: Clock,
    settings: Settings,
  ) {
    this.#most = Math.min(MOST_READS_AT_ONCE, Math.ceil(settings.databasePoolSize / 2));
  }

  onApplicationShutdown(): void {
    this.#closed = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
  }

  /** The first page of a reader, at once; what prevents it is the caller's to deal with. */
  async open(reader: MailboxReader): Promise<MailboxPage> {
    return this.mailboxes.findPage(reader.userId, reader.query(), this.clock.now());
  }

  add(reader: MailboxReader): void {
    this.#waiting.add(reader);
    this.#start();
  }

  #start(): void {
    const most = this.#awaySince === null ? this.#most : 1;
    for (const reader of this.#waiting) {
      if (this.#reading >= most || this.#pause !== null || this.#closed) return;
      this.#waiting.delete(reader);
      if (!reader.left) void this.#read(reader);
    }
    // Nobody is left who could find out that the database is back.
    if (this.#reading === 0) this.#awaySince = null;
  }

  async #read(reader: MailboxReader): Promise<void> {
    this.#reading += 1;
    try {
      const page = await this.open(reader);
      this.#awaySince = null;
      this.#pauseMs = SHORTEST_PAUSE_MS;
      reader.accept(page);
    } catch (error) {
      this.#failed(reader, error);
    } finally {
      this.#reading -= 1;
      this.#start();
    }
  }

  #failed(reader: MailboxReader, error: unknown): void {
    if (!isDatabaseUnavailable(error)) {
      this.#logger.error('A mailbox could not be read', error);
      reader.unavailable();
      return;
    }
    this.#waiting.add(reader);
    this.#awaySince ??= this.clock.now();
    if (this.clock.now() - this.#awaySince > PATIENCE_MS) this.#giveUp();
    if (this.#pause !== null || this.#closed) return;
    this.#pause = setTimeout(
      () => {
        this.#pause = null;
        this.#start();
      },
      this.#pauseMs + randomInt(this.#pauseMs),
    );
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  #giveUp(): void {
    const readers = [...this.#waiting];
    this.#waiting.clear();
    for (const reader of readers) reader.unavailable();
  }
}
