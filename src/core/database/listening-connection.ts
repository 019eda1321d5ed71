import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Client, ClientConfig, Pool } from 'pg';
import type { Log } from './postgres-server.js';
import { type NotificationListener, Notifications } from './notifications.js';

const CHECK_EVERY_MS = 10_000;
const ANSWER_WITHIN_MS = 5000;
/** The way of a greeting of our own, through the database and back. */
const ECHO_WITHIN_MS = 2000;
/** A replica that has not greeted for so many checks is gone. */
const CHECKS_UNTIL_GONE = 3;
/** On which each replica says that it listens. */
const GREETINGS_CHANNEL = 'sealpost_replicas';
/** What is lost in a crash is only a hint, so the commit need not wait for the disk. $1 channel, $2 payloads */
const TELL = {
  name: 'notifications-tell',
  text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, payload) FROM unnest($2::text[]) AS payload`,
};
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
 * one whose other end is gone without a word is found by asking regularly. At each check it greets the other replicas, over
 * another connection, and counts as connected once a greeting of its own has come back: a pooler that hands connections on
 * takes LISTEN and never delivers anything.
 */
export class ListeningConnection extends Notifications {
  readonly #listeners = new Map<string, NotificationListener>();
  readonly #greeting = randomUUID();
  readonly #checkEveryMs: number;
  #othersUntil = Infinity;
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

  /** @param pool another way into the database, for greetings */
  constructor(
    private readonly connection: ClientConfig,
    private readonly pool: Pool,
    private readonly options: ListeningOptions,
  ) {
    super();
    this.#checkEveryMs = options.checkEveryMs ?? CHECK_EVERY_MS;
  }

  override get othersListen(): boolean {
    return !this.#connected || performance.now() < this.#othersUntil;
  }

  override async tell(channel: string, payloads: readonly string[]): Promise<void> {
    // The connection that listens is free at once, unlike those of a busy pool.
    const listening = this.#connected ? this.#client : null;
    const told = listening !== null && (await this.#notify(listening, channel, payloads));
    if (!told) await this.#notify(this.pool, channel, payloads);
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
      for (const channel of [GREETINGS_CHANNEL, ...this.#listeners.keys()]) {
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      }
      while (!this.#isOver()) {
        await client.query('SELECT 1');
        await this.#greet();
        if (!this.#isOver()) await this.#pause(this.#checkEveryMs);
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

  /** The next check tries again where it did not get through. */
  async #greet(): Promise<void> {
    this.#echoed = false;
    const sent = await this.#notify(this.pool, GREETINGS_CHANNEL, [this.#greeting]);
    if (!sent || this.#connected) return;
    if (!this.#hasEchoed() && !this.#isOver()) await this.#pause(ECHO_WITHIN_MS);
    if (this.#hasEchoed()) this.#found();
    else if (!this.#isOver()) this.#warn('a notification did not come back: a pooler may not carry LISTEN');
  }

  /** @returns whether the database has taken it */
  async #notify(connection: Client | Pool, channel: string, payloads: readonly string[]): Promise<boolean> {
    const query = { ...TELL, values: [channel, payloads] };
    return connection.query(query).then(
      () => true,
      () => false,
    );
  }

  #received(channel: string, payload: string): void {
    if (channel !== GREETINGS_CHANNEL) this.#listeners.get(channel)?.received(payload);
    else if (payload !== this.#greeting) this.#expectOthers();
    else {
      this.#echoed = true;
      if (!this.#connected) this.#sleeping.abort();
    }
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
    // They have had no time to greet yet.
    this.#expectOthers();
    this.#pauseMs = SHORTEST_PAUSE_MS;
    if (this.#warned) this.options.log.info({}, 'notifications of the database arrive again');
    this.#warned = false;
    for (const listener of this.#listeners.values()) listener.connected();
  }

  #expectOthers(): void {
    this.#othersUntil = performance.now() + CHECKS_UNTIL_GONE * this.#checkEveryMs;
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
  override readonly othersListen = false;

  override listen(): void {
    return undefined;
  }

  override tell(): Promise<void> {
    return Promise.resolve();
  }
}
