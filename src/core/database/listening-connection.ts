import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Client, ClientConfig, Pool } from 'pg';
import type { Log } from './log.js';
import { type NotificationListener, Notifications } from './notifications.js';

const CHECK_EVERY_MS = 10_000;
const ANSWER_WITHIN_MS = 5000;
/** The way of a notification of our own, through the database and back. */
const ECHO_WITHIN_MS = 2000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const KEEP_ALIVE_DELAY_MS = 10_000;

export interface ListeningOptions {
  readonly connectTimeoutMs: number;
  readonly log: Log;
  /** How often the other end is asked whether it is still there. */
  readonly checkEveryMs?: number;
  /** After so long without an answer it is not. */
  readonly answerWithinMs?: number;
}

/**
 * The connection that listens: opened with the first listener, opened again whenever it breaks. A cut connection says so;
 * one whose other end is gone without a word is found by asking regularly. It counts as connected once a notification of
 * our own, sent over another connection, has come back: a pooler that hands connections on takes LISTEN and never
 * delivers anything.
 */
export class ListeningConnection extends Notifications {
  readonly #listeners = new Map<string, NotificationListener>();
  readonly #echoChannel = `sealpost_echo_${randomBytes(8).toString('hex')}`;
  #running: Promise<void> | null = null;
  #client: Client | null = null;
  /** What the loop sleeps with; aborting it is how everything else wakes the loop. */
  #sleeping = new AbortController();
  #stopped = false;
  #broken = false;
  /** The connection ends because one with more channels is to follow it. */
  #renewing = false;
  #echoed = false;
  #connected = false;
  #warned = false;
  #pauseMs = SHORTEST_PAUSE_MS;

  /** @param pool another way into the database, for the echo */
  constructor(
    private readonly connection: ClientConfig,
    private readonly pool: Pool,
    private readonly options: ListeningOptions,
  ) {
    super();
  }

  override listen(channel: string, listener: NotificationListener): void {
    if (this.#listeners.has(channel)) throw new Error(`Somebody listens to ${channel} already`);
    this.#listeners.set(channel, listener);
    // A connection that is there begins again, with all channels.
    this.#renewing = this.#client !== null;
    this.#client?.connection.stream.destroy();
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#sleeping.abort();
    this.#client?.connection.stream.destroy();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const reason = await this.#serve();
      const ended = this.#endOfConnection();
      if (ended === 'renewed') continue;
      if (ended === 'lost') this.#warn(reason);
      await this.#pause(this.#pauseMs + randomInt(this.#pauseMs));
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    }
  }

  /** Listens until the connection breaks; returns why it did. */
  async #serve(): Promise<string> {
    const client = new pg.Client({
      ...this.connection,
      application_name: 'sealpost-listener',
      connectionTimeoutMillis: this.options.connectTimeoutMs,
      query_timeout: this.options.answerWithinMs ?? ANSWER_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    });
    this.#client = client;
    this.#broken = false;
    client.on('error', () => this.#breakOff(client));
    client.on('end', () => this.#breakOff(client));
    client.on('notification', ({ channel, payload = '' }) => this.#received(channel, payload));
    try {
      await client.connect();
      for (const channel of [this.#echoChannel, ...this.#listeners.keys()]) {
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      }
      while (!this.#isOver()) {
        await client.query('SELECT 1');
        if (!this.#connected) await this.#waitForEcho();
        if (!this.#isOver()) await this.#pause(this.options.checkEveryMs ?? CHECK_EVERY_MS);
      }
      return 'the connection was closed';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      // Without a farewell: the other end may be gone, and nobody would answer.
      client.connection.stream.destroy();
      this.#client = null;
    }
  }

  async #waitForEcho(): Promise<void> {
    this.#echoed = false;
    try {
      await this.pool.query('SELECT pg_notify($1, $2)', [this.#echoChannel, '']);
    } catch {
      // The next check tries again.
      return;
    }
    if (!this.#hasEchoed() && !this.#isOver()) await this.#pause(ECHO_WITHIN_MS);
    if (this.#hasEchoed()) this.#found();
    else if (!this.#isOver()) this.#warn('a notification did not come back: a pooler may not carry LISTEN');
  }

  #received(channel: string, payload: string): void {
    if (channel !== this.#echoChannel) {
      this.#listeners.get(channel)?.received(payload);
      return;
    }
    this.#echoed = true;
    this.#sleeping.abort();
  }

  /** One that was given up may say its end late: that must not cut the pause before the next attempt short. */
  #breakOff(client: Client): void {
    if (this.#client !== client) return;
    this.#broken = true;
    this.#sleeping.abort();
  }

  #isOver(): boolean {
    return this.#broken || this.#stopped;
  }

  #hasEchoed(): boolean {
    return this.#echoed;
  }

  #found(): void {
    this.#connected = true;
    this.#pauseMs = SHORTEST_PAUSE_MS;
    if (this.#warned) this.options.log.info({}, 'notifications of the database arrive again');
    this.#warned = false;
    for (const listener of this.#listeners.values()) listener.connected();
  }

  /** Tells the listeners. */
  #endOfConnection(): 'stopped' | 'renewed' | 'lost' {
    if (this.#stopped) return 'stopped';
    const renewed = this.#renewing;
    this.#renewing = false;
    if (this.#connected) {
      this.#connected = false;
      for (const listener of this.#listeners.values()) listener.disconnected();
    }
    return renewed ? 'renewed' : 'lost';
  }

  /** Once for each time that it does not work. */
  #warn(reason: string): void {
    if (!this.#warned) this.options.log.warn({ reason }, 'notifications of the database do not arrive at the moment');
    this.#warned = true;
  }

  async #pause(ms: number): Promise<void> {
    this.#sleeping = new AbortController();
    if (this.#stopped) return;
    await sleep(ms, undefined, { signal: this.#sleeping.signal, ref: false }).catch(() => undefined);
  }
}

/** Hears nothing: for an application without a database. */
export class NoNotifications extends Notifications {
  override listen(): void {
    return undefined;
  }
}
