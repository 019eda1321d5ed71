import type { TokensJson } from '@sealpost/protocol';
import { ClientError, noSession, SealpostError } from '../errors.js';
import type { ChainPin } from '../trust/chain-pin.js';
import type { ClientStorage, CommitOptions, HeldKeys } from '../storage/client-storage.js';
import type {
  AccountRecord,
  BegunAccountRecord,
  BegunChangeRecord,
  ContactRecord,
  HandleRecord,
  InboxRecord,
  KnownDeviceRecord,
  RotationRecord,
  SessionKeyRecord,
  SessionRecord,
  SharedStateRecord,
  StateWarningRecord,
} from './records.js';
import type { SharedHandle, SharedUser } from '../trust/shared-trust.js';

/** What a client keeps, by key. The parts of the SDK that keep more say so where they do. */
interface Records {
  readonly account: AccountRecord;
  readonly 'begun-account': BegunAccountRecord;
  readonly 'begun-change': BegunChangeRecord;
  readonly session: SessionRecord;
  readonly tokens: TokensJson;
  /** Absent where the session is bound to no key. */
  readonly 'proof-key': SessionKeyRecord;
  readonly 'known-device': KnownDeviceRecord;
  readonly inbox: InboxRecord;
  readonly rotation: RotationRecord;
  readonly 'shared-state': SharedStateRecord;
  readonly 'state-warning': StateWarningRecord;
  /** A new vault key has taken the shared state away, and this client has not stored what it knows since. */
  readonly 'share-due': true;
}

/** Collects what is to change together. */
export class Changes {
  readonly #changes = new Map<string, string | null>();

  put(key: string, value: unknown): this {
    this.#changes.set(key, JSON.stringify(value));
    return this;
  }

  set<Name extends keyof Records>(name: Name, record: Records[Name]): this {
    return this.put(name, record);
  }

  pin(pin: ChainPin): this {
    return this.put(chainKey(pin.userId), pin);
  }

  remove(key: string): this {
    this.#changes.set(key, null);
    return this;
  }

  /** What another collection changes, on top of what this one does. */
  add(others: Changes): this {
    for (const [key, value] of others.entries) this.#changes.set(key, value);
    return this;
  }

  get entries(): ReadonlyMap<string, string | null> {
    return this.#changes;
  }
}

/** The storage, as typed records in JSON. What is read was written by this client, so its shape is not checked again. */
export class ClientState {
  #watcher: (changes: Changes) => void = () => undefined;

  constructor(private readonly storage: ClientStorage) {}

  /** Tells one listener of every commit, once it is kept. */
  watch(watcher: (changes: Changes) => void): void {
    this.#watcher = watcher;
  }

  async read<T>(key: string): Promise<T | null> {
    const text = await typed(() => this.storage.get(key));
    if (text === null) return null;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ClientError('storage.damaged', `The stored ${key} is not JSON`, { cause });
    }
  }

  record<Name extends keyof Records>(name: Name): Promise<Records[Name] | null> {
    return this.read<Records[Name]>(name);
  }

  /** A record that every signed-in client has. @throws ClientError `client.no-account` */
  async getRecord<Name extends 'account' | 'session'>(name: Name): Promise<Records[Name]> {
    const record = await this.record(name);
    if (record === null) throw noSession();
    return record;
  }

  chain(userId: string): Promise<ChainPin | null> {
    return this.read<ChainPin>(chainKey(userId));
  }

  handle(loginId: string): Promise<HandleRecord | null> {
    return this.read<HandleRecord>(handleKey(loginId));
  }

  contact(userId: string): Promise<ContactRecord | null> {
    return this.read<ContactRecord>(contactKey(userId));
  }

  /** What the user's clients know of somebody's keys together, this one's own pins perhaps not yet included. */
  knownUser(userId: string): Promise<SharedUser | null> {
    return this.read<SharedUser>(knownUserKey(userId));
  }

  knownHandle(loginId: string): Promise<SharedHandle | null> {
    return this.read<SharedHandle>(knownHandleKey(loginId));
  }

  keys(prefix: string): Promise<readonly string[]> {
    return typed(() => this.storage.keys(prefix));
  }

  async commit(changes: Changes, options?: CommitOptions): Promise<void> {
    await typed(() => this.storage.commit(changes.entries, options));
    this.#watcher(changes);
  }

  /** Removes everything, pins and streams included. */
  async clear(): Promise<void> {
    const changes = new Changes();
    for (const key of await this.keys('')) changes.remove(key);
    await this.commit(changes, { erase: true });
    await this.dropOtherKeys();
  }

  /** Keys that the storage holds and cannot hand out; undefined where it cannot hold any. */
  get heldKeys(): HeldKeys | undefined {
    return this.storage.heldKeys;
  }

  /** Removes the held keys of sessions that are over. */
  async dropOtherKeys(): Promise<void> {
    if (this.heldKeys === undefined) return;
    const present = await this.record('proof-key');
    await this.heldKeys.keepOnly(present !== null && 'held' in present ? present.held : null);
  }

  close(): Promise<void> {
    return this.storage.close();
  }
}

/** Adapters of others may throw anything: what callers branch on is the SDK's own error. */
async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SealpostError) throw cause;
    throw new ClientError('storage.failed', 'The storage failed', { cause });
  }
}

export function chainKey(userId: string): string {
  return `chain/${userId}`;
}

export function knownUserKey(userId: string): string {
  return `known/user/${userId}`;
}

export function knownHandleKey(loginId: string): string {
  return `known/handle/${loginId}`;
}

export function handleKey(loginId: string): string {
  return `handle/${loginId}`;
}

export function contactKey(userId: string): string {
  return `contact/${userId}`;
}
