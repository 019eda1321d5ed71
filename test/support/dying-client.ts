import { ClientStorage, type CommitOptions, type Fetch, type StorageChanges } from '@sealpost/client';

/**
 * A client that stops at any step that leaves a trace, in the test's own process: nothing of it runs on from there, no
 * timer and no clean-up. What is left is what its storage and the server hold, as after the kill of a process (see
 * run-crashing-client.mjs), at a fraction of the cost. Both change with a commit, and with a request that is not a GET,
 * once it is answered: wherever else it died, it would leave what an earlier step has left.
 */
class Life {
  readonly death: Promise<string>;
  #die: (step: string) => void = () => undefined;
  #isOver = false;
  readonly #taken = new Map<string, number>();
  #count = 0;

  /** @param isDeadly whether a step is the last one; a step that was taken before in this life ends in how often */
  constructor(private readonly isDeadly: (step: string, index: number) => boolean) {
    this.death = new Promise((resolve) => (this.#die = resolve));
  }

  /** Never comes back where the client dies of it, or is dead. */
  async step(name: string): Promise<void> {
    await this.living();
    const times = (this.#taken.get(name) ?? 0) + 1;
    this.#taken.set(name, times);
    const step = times === 1 ? name : `${name} (${times})`;
    if (this.isDeadly(step, this.#count++)) {
      this.#isOver = true;
      this.#die(step);
    }
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
    await this.life.living();
    await this.inner.commit(changes, options);
    await this.life.step(`the commit of ${what}`);
  }

  override async close(): Promise<void> {
    await this.life.living();
    return this.inner.close();
  }
}

function dyingFetch(life: Life): Fetch {
  return async (input, init) => {
    await life.living();
    const response = await fetch(input, init);
    const method = init?.method ?? 'GET';
    if (method === 'GET') return response;
    // Read before the client is gone: an answer that nobody reads would hold its connection.
    const body = await response.text();
    const path = new URL(input instanceof Request ? input.url : input).pathname;
    await life.step(`${method} ${path}`);
    const { status, headers } = response;
    return new Response(status === 204 ? null : body, { status, headers });
  };
}

/** What a client is made of that dies. */
export interface Mortality {
  readonly storage: ClientStorage;
  readonly fetch: Fetch;
}

type Work = (mortality: Mortality) => Promise<unknown>;

/** @returns the step, counted from 0, at which the client died, or null where its work came to an end before */
export function dieAtStep(dieAt: number, storage: ClientStorage, work: Work): Promise<string | null> {
  return live(new Life((_step, index) => index === dieAt), storage, work);
}

/** As dieAtStep(), at the first step of which no client has died before: for work that takes another way each time. */
export async function dieAtNewStep(
  known: ReadonlySet<string>,
  storage: ClientStorage,
  work: Work,
): Promise<string | null> {
  return live(new Life((step) => !known.has(step)), storage, work);
}

async function live(life: Life, storage: ClientStorage, work: Work): Promise<string | null> {
  const done = work({ storage: new DyingStorage(storage, life), fetch: dyingFetch(life) });
  return Promise.race([life.death, done.then(() => null)]);
}
