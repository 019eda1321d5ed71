import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { Sealpost, type MemoryStorage } from '@sealpost/client';
import { encodeBase64Url } from '@sealpost/protocol';
import { authPublicKey } from '../../packages/client/src/crypto/auth-proof.js';
import { deriveRecoveryKeys, recoveryKeyOfWords } from '../../packages/client/src/crypto/recovery-key.js';
import { isApiError } from '../../packages/client/src/errors.js';
import type { Mortality } from './dying-client.js';
import { freshPassword } from './quick-passwords.js';
import { newDevice, newPerson, readTexts, restarted, type Person } from './sdk.js';
import type { RunningServer } from './server.js';

/** What opens an account. */
export interface Secrets {
  readonly loginId: string;
  readonly password: string;
  readonly recoveryWords: string;
}

/** What somebody does with one of their devices, from the secrets that count to those that are to count. */
export type Act = (device: Device, now: Secrets) => Promise<unknown>;

/** The client that may die, and where it says which secrets it is about to set. */
export interface Device {
  readonly mortality: Mortality;
  client(): Promise<Sealpost>;
  /** Called before anything is sent. */
  setting(next: Partial<Secrets>): void;
}

export const fresh = (what: string): string => `${what}-${randomBytes(6).toString('hex')}`;

function recoveryPublicKey(words: string): string {
  return encodeBase64Url(authPublicKey(deriveRecoveryKeys(recoveryKeyOfWords(words)).authSeed));
}

/** Somebody whose device dies again and again, and a friend who goes on to write. */
export class AccountAfterCrash {
  /** Everything that was ever sent to the account. */
  readonly #mailbox: string[] = [];
  #secrets: Secrets;

  private constructor(
    private readonly server: RunningServer,
    private readonly person: Person,
    private readonly friend: Person,
  ) {
    this.#secrets = person;
  }

  static async create(server: RunningServer): Promise<AccountAfterCrash> {
    return new AccountAfterCrash(server, await newPerson(server, 'mortal'), await newPerson(server, 'friend'));
  }

  get secrets(): Secrets {
    return this.#secrets;
  }

  get storage(): MemoryStorage {
    return this.person.storage.reopen();
  }

  get service(): Pick<RunningServer, 'url' | 'serviceId'> {
    return { url: this.server.url, serviceId: this.server.serviceId };
  }

  /**
   * Expects that the old secrets open the account or the new ones, and never both or neither; that what they open has all
   * messages and can send; and that the device goes on, where its session ended after a log-in.
   */
  async expectOneState(next: Partial<Secrets>): Promise<void> {
    const text = fresh('message');
    await this.friend.client.send(this.person.client.userId, text);
    this.#mailbox.push(text);
    const candidates = [this.#secrets, { ...this.#secrets, ...next }];
    const opened = await Promise.all(candidates.map((secrets) => this.#open(secrets)));
    const standing = candidates.filter((_, index) => opened[index] !== null);
    const devices = opened.filter((device) => device !== null);
    if (Object.keys(next).length > 0) expect(standing).toHaveLength(1);
    this.#secrets = standing[0]!;
    for (const device of devices) {
      expect(await readTexts(device)).toEqual(this.#mailbox);
      await device.logout();
    }
    await this.#expectDeviceGoesOn();
  }

  /** A new device that has nothing but these secrets; null where they are not those of the account. */
  async #open(secrets: Secrets): Promise<Sealpost | null> {
    try {
      const device = await newDevice(this.server, { ...this.person, ...secrets });
      const { recoveryAuthPublicKey } = await device.account.get();
      if (recoveryAuthPublicKey === recoveryPublicKey(secrets.recoveryWords)) return device;
      await device.logout();
      return null;
    } catch (error) {
      if (isApiError(error, 'auth.login-refused')) return null;
      throw error;
    }
  }

  async #expectDeviceGoesOn(): Promise<void> {
    const device = await restarted(this.server, this.person).then((client) => this.#signedIn(client));
    const text = fresh('reply');
    await device.send([this.friend.client.userId, this.person.client.userId], text);
    this.#mailbox.push(text);
    expect((await readTexts(this.friend.client)).at(-1)).toBe(text);
    expect((await readTexts(device)).at(-1)).toBe(text);
    await device.close();
  }

  /** The client itself, or one that has logged in anew where the session was ended. */
  async #signedIn(client: Sealpost): Promise<Sealpost> {
    try {
      await client.sessions.list();
      return client;
    } catch (error) {
      if (!isApiError(error, 'auth.session-ended')) throw error;
      await client.close();
      const { loginId, password } = this.#secrets;
      return Sealpost.open({ service: this.service, storage: this.storage, loginId, password });
    }
  }

  /** Expects that the words are what the server shows them to be: they set a new password, which opens everything. */
  async expectWordsWork(): Promise<void> {
    const { loginId, recoveryWords } = this.#secrets;
    const newPassword = freshPassword('rescued');
    const rescued = await Sealpost.recover({ service: this.service, loginId, recoveryWords, newPassword });
    expect(await readTexts(rescued)).toEqual(this.#mailbox);
    this.#secrets = { ...this.#secrets, password: newPassword };
  }
}
