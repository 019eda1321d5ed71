import { EMPTY_STREAMS, type StreamRecord, type StreamsState } from '../envelope/stream-state.js';
import { Changes, type ClientState } from './client-state.js';
import { renameStreams } from './streams-renaming.js';
import { NamedMutex } from './mutex.js';

/** What a step makes of the streams, and what is to be kept together with it. */
export interface StreamsStep<T> {
  readonly state: StreamsState;
  readonly changes: Changes;
  readonly result: T;
}

const CLOCK = 'streams-clock';

/** Keeps what is remembered of messages (envelope/stream-state.ts), a record for each stream and each sender. */
export class StreamsStore {
  #state: StreamsState | null = null;
  readonly #mutex = new NamedMutex();

  constructor(private readonly state: ClientState) {}

  /** Runs one step after the other; its outcome is kept, all of it or nothing, before it is returned. */
  update<T>(step: (state: StreamsState) => StreamsStep<T>): Promise<T> {
    return this.#mutex.run('streams', async () => {
      const before = (this.#state ??= await this.#load());
      const { state, changes, result } = step(before);
      addDifferences(changes, before, state);
      if (changes.entries.size > 0) await this.state.commit(changes);
      this.#state = state;
      return result;
    });
  }

  /** Runs work that belongs to one state of the streams: nothing is received or sent meanwhile. */
  look<T>(work: (state: StreamsState) => Promise<T>): Promise<T> {
    return this.#mutex.run('streams', async () => work((this.#state ??= await this.#load())));
  }

  async #load(): Promise<StreamsState> {
    await renameStreams(this.state);
    return {
      clock: (await this.state.read<number>(CLOCK)) ?? EMPTY_STREAMS.clock,
      streams: await this.#section<StreamRecord>('stream/'),
      awaited: await this.#section<StreamsState['awaited'][string]>('awaited/'),
      accepted: await this.#section<StreamsState['accepted'][string]>('accepted/'),
    };
  }

  async #section<T>(prefix: string): Promise<Record<string, T>> {
    const section: Record<string, T> = {};
    for (const key of await this.state.keys(prefix)) {
      const value = await this.state.read<T>(key);
      if (value !== null) section[key.slice(prefix.length)] = value;
    }
    return section;
  }
}

/** States share what has not changed, so that identity tells what has. */
function addDifferences(changes: Changes, before: StreamsState, after: StreamsState): void {
  if (after.clock !== before.clock) changes.put(CLOCK, after.clock);
  for (const [section, prefix] of [
    ['streams', 'stream/'],
    ['awaited', 'awaited/'],
    ['accepted', 'accepted/'],
  ] as const) {
    for (const key of Object.keys(before[section])) {
      if (!Object.hasOwn(after[section], key)) changes.remove(`${prefix}${key}`);
    }
    for (const [key, value] of Object.entries(after[section])) {
      if (before[section][key] !== value) changes.put(`${prefix}${key}`, value);
    }
  }
}
