import { beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError, type Sealpost } from '@sealpost/client';
import { sharedServer, type RunningServer } from '../support/index.js';
import { newDevice, newPerson, readMessages } from '../support/sdk.js';

const ROUNDS = 12;

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
}, 180_000);

/** Sends one message after the other until it is told to stop; collects what was accepted. */
class Stream {
  readonly accepted: string[] = [];
  readonly refusals = new Set<string>();
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(
    private readonly from: Sealpost,
    private readonly to: string,
    private readonly name: string,
  ) {
    this.#work = this.#send();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #send(): Promise<void> {
    for (let number = 1; !this.#stopped; number++) {
      const text = `${this.name} ${number}`;
      try {
        await this.from.send(this.to, text, { copyToSelf: false });
        this.accepted.push(text);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.refusals.add(`${error.status} ${error.code}`);
      }
    }
  }
}

const textsOf = async (client: Sealpost): Promise<(string | undefined)[]> =>
  (await readMessages(client)).map(({ text }) => text).sort();

describe('Messages during rotations', () => {
  it('messages that are sent while keys are rotated are refused with 409 or readable for ever, whoever of the two rotates, also on a new device', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    const second = await newDevice(server, alice);
    const streams = [
      new Stream(alice.client, bob.client.userId, 'alice'),
      new Stream(second, bob.client.userId, 'alice, second device'),
      new Stream(bob.client, alice.client.userId, 'bob'),
    ];
    for (let round = 0; round < ROUNDS; round++) {
      // Two devices of Alice's at once: one wins, the other goes on from there. Bob rotates by himself.
      await Promise.all([alice.client.keys.rotate(), second.keys.rotate(), bob.client.keys.rotate()]);
    }
    for (const stream of streams) await stream.stop();
    expect(streams.flatMap(({ refusals }) => [...refusals]).filter((refusal) => !refusal.startsWith('409 '))).toEqual(
      [],
    );
    const [first, other, answers] = streams.map(({ accepted }) => accepted);
    const toBob = [...(first ?? []), ...(other ?? [])].sort();
    expect(toBob.length).toBeGreaterThan(0);
    for (const client of [bob.client, await newDevice(server, bob)]) expect(await textsOf(client)).toEqual(toBob);
    for (const client of [alice.client, second, await newDevice(server, alice)]) {
      expect((await client.keys.list()).length).toBe(1 + 2 * ROUNDS);
      expect(await textsOf(client)).toEqual([...(answers ?? [])].sort());
    }
  }, 240_000);
});
