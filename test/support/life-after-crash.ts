import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import { FileStorage } from '@sealpost/client/node';
import { newDevice, newPerson, readMessages, readTexts, type Person } from './sdk.js';
import type { RunningServer } from './server.js';

const FEW_RETRIES = { attempts: 4, firstDelayMs: 5, longestDelayMs: 50 } as const;

/** An account whose device may die at any moment, and somebody whom it writes to. */
export class MortalAccount {
  /** Everything that the account was sent, its own copies included, in order. */
  readonly #mailbox: string[] = [];
  /** What the friend has not read yet. */
  readonly #said: string[] = [];
  #rounds = 0;

  constructor(
    private readonly server: RunningServer,
    /** Logs in with its loginId and password; the storage is not used. */
    readonly person: Person,
    readonly folder: string,
    private readonly friend: Person,
  ) {}

  /** The device that died, started again on the same storage. */
  async revived<T>(work: (client: Sealpost) => Promise<T>): Promise<T> {
    const { url, serviceId } = this.server;
    const storage = await FileStorage.open(this.folder, { lockWaitMs: 10_000 });
    try {
      return await work(await Sealpost.open({ service: { url, serviceId }, storage, retry: FEW_RETRIES }));
    } finally {
      await storage.close();
    }
  }

  /**
   * Expects that the account opens with exactly one state, from the same storage and from a new device that has nothing but the
   * password; that both can send, receive and rotate; and that nothing that was ever received has become unreadable.
   */
  async expectAlive(): Promise<void> {
    const round = ++this.#rounds;
    await this.#hear(`to the revived device ${round}`);
    await this.revived(async (client) => {
      await this.#say(client, `from the revived device ${round}`);
      expect((await readTexts(client)).slice(-2)).toEqual(this.#mailbox.slice(-2));
    });
    const fresh = await newDevice(this.server, this.person);
    await this.#say(fresh, `from the new device ${round}`);
    const before = (await fresh.keys.current()).version;
    expect((await fresh.keys.rotate()).version).toBe(before + 1);
    await this.#hear(`to the new device ${round}`);
    expect(await readTexts(fresh)).toEqual(this.#mailbox);
    await fresh.logout();
    await this.#expectHeard();
    // The other device has rotated since: this one takes the newer vault over, and goes on.
    await this.revived(async (client) => {
      expect((await client.keys.rotate()).version).toBe(before + 2);
      await readMessages(client);
    });
  }

  async #hear(text: string): Promise<void> {
    await this.friend.client.send(this.person.client.userId, text);
    this.#mailbox.push(text);
  }

  async #say(client: Sealpost, text: string): Promise<void> {
    await client.send(this.friend.client.userId, text);
    this.#mailbox.push(text);
    this.#said.push(text);
  }

  async #expectHeard(): Promise<void> {
    const heard = (await readMessages(this.friend.client)).filter(({ own }) => !own);
    expect(heard.map(({ text }) => text)).toEqual(this.#said.splice(0));
  }
}

/** A new account, and a device of it that keeps everything in a folder of the account's name. */
export async function makeMortalAccount(server: RunningServer, parent: string, name: string): Promise<MortalAccount> {
  const person = await newPerson(server, name);
  const friend = await newPerson(server, `friend-of-${name}`);
  const folder = join(parent, name);
  const storage = await FileStorage.open(folder);
  const { url, serviceId } = server;
  const { loginId, password } = person;
  await Sealpost.open({ service: { url, serviceId }, storage, loginId, password });
  await storage.close();
  return new MortalAccount(server, person, folder, friend);
}
