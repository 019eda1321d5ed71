import { ClientStorage, type CommitOptions, type Fetch, type StorageChanges } from '@sealpost/client';

/**
 * A client that stops at any step that leaves a trace, in the test's own process: nothing of it runs on from there, no
 * timer and no clean-up. What is left is what its storage and the server hold, as after the kill of a process (see
 * run-crashing-client.mjs), at a fraction of the cost.
 */
class Life {
  readonly steps: string[] = [];
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(private readonly dieAt: number) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get #isOver(): boolean {
    return this.steps.length > this.dieAt;
  }

  /** Never comes back where the client dies of it, or is dead. */
  async step(name: string): Promise<void> {
    await this.living();
    this.steps.push(name);
    if (this.#isOver) this.#end();
    await this.living();
  }

  /** Never comes back once the client is dead. */
  async living(): Promise<void> {
    if (this.#isOver) await NEVER;
  }
}

const NEVER = new Promise<never>(() => undefined);

class DyingStorage extends ClientStorage {
  constructor(
    private readonly inner: ClientStorage,
    private readonly life: Life,
  ) {
    super();
  }

  override async get(key: string): Promise<string | null> {
    await this.life.living();
    return this.inner.get(key);
  }

  override async keys(prefix: string): Promise<readonly string[]> {
    await this.life.living();
    return this.inner.keys(prefix);
  }

  override async commit(changes: StorageChanges, options?: CommitOptions): Promise<void> {
    const what = [...new Set([...changes.keys()].map((key) => key.replace(/\/.*/, '')))].join(', ');
    await this.life.step(`before the commit of ${what}`);
    await this.inner.commit(changes, options);
    await this.life.step(`after the commit of ${what}`);
  }

  override async close(): Promise<void> {
    await this.life.living();
    return this.inner.close();
  }
}

function dyingFetch(life: Life): Fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const what = `${init?.method ?? 'GET'} ${url.pathname}`;
    await life.step(`before ${what}`);
    const response = await fetch(input, init);
    await life.step(`before the answer to ${what} is read`);
    const body = await response.text();
    await life.step(`after the answer to ${what} was read`);
    const { status, headers } = response;
    return new Response(status === 204 ? null : body, { status, headers });
  };
}

/** What a client is made of that dies. */
export interface Mortality {
  readonly storage: ClientStorage;
  readonly fetch: Fetch;
}

/** @returns the step, counted from 0, at which the client died, or null where its work came to an end before */
export async function dieAtStep(
  dieAt: number,
  storage: ClientStorage,
  work: (mortality: Mortality) => Promise<unknown>,
): Promise<string | null> {
  const life = new Life(dieAt);
  const done = work({ storage: new DyingStorage(storage, life), fetch: dyingFetch(life) });
  const died = await Promise.race([life.ended.then(() => true), done.then(() => false)]);
  return died ? (life.steps[dieAt] ?? null) : null;
}
