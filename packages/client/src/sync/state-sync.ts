import { requireBase64Url, type StateJson } from '@sealpost/protocol';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { newestOf } from '../trust/chain.js';
import { conflictOf, newestSeen } from '../trust/shared-trust.js';
import { ClientError, isApiError, SealpostError, SharedStateWarning, type SharedStateNotice } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { CallOptions } from '../http/call-options.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { LocalContent } from './local-content.js';
import { EMPTY_CONTENT, mergeContents, type SharedContent } from './shared-content.js';
import { fitContent, noticesOf } from './room.js';
import {
  openRemoteState,
  salvageState,
  sealNextState,
  vaultKeyIdOf,
  type RemoteState,
  type StateOwner,
} from './state-envelope.js';
import { forkedStreams } from './stream-sharing.js';

/** What came of a synchronisation. */
export interface SyncedState {
  /** The version of the shared state; 0 where there is none. */
  readonly stateVersion: number;
  /** Users of whose keys the user's devices have seen different ones: they are blocked until contacts.accept(). */
  readonly conflicts: readonly string[];
  /** Streams of which the devices have seen different newest messages. */
  readonly forkedStreams: readonly string[];
  /** How the room in the shared state stands, where there is something to be said about it. */
  readonly notices: readonly SharedStateNotice[];
}

/** What the user's clients share, so that each knows whom the others know and trust. */
export interface SharedStateControl {
  /**
   * Why the last synchronisation failed; null where it did not. A SharedStateWarning needs a decision by the user; after a
   * log-in that has met one, nobody who is not known yet is trusted before: sending to them, opening their messages and
   * looking them up throws it.
   */
  readonly problem: SealpostError | null;
  /**
   * What the last synchronisation has found out about the room in the shared state: `state.filling` before it is full,
   * `state.strangers-forgotten` once keys of strangers have given way. A new device has it from its log-in on.
   */
  readonly notices: readonly SharedStateNotice[];
  /**
   * Merges what this client knows with what the others have stored, and stores it. Happens by itself some time after a
   * change, and before close().
   * @throws SharedStateWarning where the server shows none that can be relied on; ApiError, NetworkError
   */
  sync(call?: CallOptions): Promise<SyncedState>;
  /**
   * Puts what this client knows, and what can still be read of the server's state, in the place of that. What only the
   * user's other clients know is lost until they share again, and lost for good where they are gone: only for a user who
   * was asked.
   * @param warning what the user has seen: `problem`, or what was thrown
   * @throws SharedStateWarning where it is another one by now; else as sync()
   */
  repair(warning: SharedStateWarning, call?: CallOptions): Promise<SyncedState>;
}

const ATTEMPTS = 8;

/** How a synchronisation is meant. */
interface Synchronisation {
  /** Whether the user has consented to go on in spite of this. */
  readonly accepts: (warning: SharedStateWarning) => boolean;
  /** Whether what comes of it is to be stored. */
  readonly stores: (remote: RemoteState) => boolean;
  /** Nothing was remembered here before. */
  readonly fresh: boolean;
}

/** Reads, merges and stores the shared state, one synchronisation at a time. */
export class StateSync {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly local: LocalContent,
    private readonly directory: ContactDirectory,
    private readonly identity: { readonly serviceId: string; readonly userId: string },
  ) {}

  /**
   * For a log-in, before anybody is trusted: takes in what others know.
   * @param discard goes on where the state is not what it should be, and replaces it
   * @throws SharedStateWarning; ApiError, NetworkError
   */
  async begin(discard: boolean): Promise<SyncedState> {
    const fresh = (await this.state.record('shared-state')) === null && (await this.state.record('inbox')) === null;
    const replaces = ({ salvaged }: RemoteState): boolean => salvaged === true;
    return this.#synchronise({ accepts: () => discard, stores: replaces, fresh });
  }

  sync(): Promise<SyncedState> {
    return this.#synchronise({ accepts: () => false, stores: () => true, fresh: false });
  }

  repair({ code }: SharedStateWarning): Promise<SyncedState> {
    return this.#synchronise({ accepts: (found) => found.code === code, stores: () => true, fresh: false });
  }

  /**
   * Takes in what others know, for who is about to replace the vault key, under which nobody will open the state any more.
   * @param discard as for begin()
   * @returns the hash of what was taken in; undefined where the server keeps no states
   */
  async takeIn(discard: boolean): Promise<string | undefined> {
    return this.#mutex.run('state', async () => {
      const remote = await this.#fetch(() => discard);
      await this.#takeIn(remote, mergeContents(remote.content, await this.local.collect()), false);
      return remote.absent === true ? undefined : remote.hash;
    });
  }

  /** Keeps a warning until the user has decided: the next start of this client must not take the silence for consent. */
  async remember({ code, message, stateVersion }: SharedStateWarning): Promise<void> {
    const vaultKeyId = vaultKeyIdOf(await this.#owner());
    const least = Math.max(stateVersion, await this.#least(vaultKeyId));
    await this.state.commit(new Changes().set('state-warning', { code, message, stateVersion: least, vaultKeyId }));
  }

  /** What an earlier run of this client has left behind. */
  async leftBehind(): Promise<{ readonly warning: SharedStateWarning | null; readonly isDue: boolean }> {
    const warned = await this.state.record('state-warning');
    const last = await this.state.record('shared-state');
    // A new vault key or a reset has ended the series that this client knows, and perhaps nobody has begun another one.
    const isOver = last !== null && last.vaultKeyId !== vaultKeyIdOf(await this.#owner());
    const isDue = isOver || (await this.state.record('share-due')) !== null;
    const warning = warned === null ? null : new SharedStateWarning(warned.code, warned.message, warned.stateVersion);
    return { warning, isDue };
  }

  #synchronise({ accepts, stores, fresh }: Synchronisation): Promise<SyncedState> {
    return this.#mutex.run('state', async () => {
      for (let attempt = 1; ; attempt++) {
        const remote = await this.#fetch(accepts);
        const merged = mergeContents(remote.content, await this.local.collect());
        await this.#takeIn(remote, merged, fresh);
        if (!stores(remote)) return this.#report(remote.version, merged);
        try {
          return await this.#store(remote, merged);
        } catch (error) {
          if (attempt === ATTEMPTS || !isApiError(error, 'state.state-conflict')) throw error;
        }
      }
    });
  }

  async #fetch(accepts: Synchronisation['accepts']): Promise<RemoteState> {
    const owner = await this.#owner();
    const shown = await this.#answer();
    const answer = shown ?? { stateVersion: 0 };
    const last = await this.state.record('shared-state');
    const vaultKeyId = vaultKeyIdOf(owner);
    const seen = last?.vaultKeyId === vaultKeyId ? last : null;
    try {
      const remote = openRemoteState(owner, answer, seen, await this.#least(vaultKeyId));
      return shown === null ? { ...remote, absent: true } : remote;
    } catch (error) {
      if (!(error instanceof SharedStateWarning && accepts(error))) throw error;
      return salvageState(owner, answer);
    }
  }

  /** The version that a log-in was warned of: a server that shows less afterwards has only thought of something else. */
  async #least(vaultKeyId: string): Promise<number> {
    const warned = await this.state.record('state-warning');
    return warned?.vaultKeyId === vaultKeyId ? warned.stateVersion : 0;
  }

  /** null: an older server has no such route. It is asked again the next time, for it may be a newer one by then. */
  async #answer(): Promise<StateJson | null> {
    try {
      return await this.api.state();
    } catch (error) {
      if (!isApiError(error, 'request.not-found')) throw error;
      return null;
    }
  }

  async #takeIn(remote: RemoteState, merged: SharedContent, fresh: boolean): Promise<void> {
    await this.#checkOwnKeys(merged);
    await this.local.apply(merged, fresh);
    this.directory.forget();
    const { version, hash, history } = remote;
    const changes = new Changes();
    const vaultKeyId = vaultKeyIdOf(await this.#owner());
    if (version > 0) changes.set('shared-state', { version, hash, history, vaultKeyId });
    changes.remove('state-warning');
    await this.state.commit(changes);
  }

  async #store(remote: RemoteState, merged: SharedContent): Promise<SyncedState> {
    const content = fitContent(await this.local.compact(merged), this.identity.userId);
    const isNews = JSON.stringify(content) !== JSON.stringify(mergeContents(remote.content, EMPTY_CONTENT));
    const isNeeded = isNews || remote.salvaged === true;
    if (remote.absent === true) return this.#report(remote.version, merged);
    if (!isNeeded) {
      if ((await this.state.record('share-due')) !== null) await this.state.commit(new Changes().remove('share-due'));
      return this.#report(remote.version, content);
    }
    const { request, seen } = sealNextState(await this.#owner(), remote, content);
    await this.api.putState(request);
    await this.state.commit(new Changes().set('shared-state', seen).remove('share-due'));
    return this.#report(seen.version, content);
  }

  async #report(stateVersion: number, content: SharedContent): Promise<SyncedState> {
    const { users, streams } = content;
    const conflicts: string[] = [];
    for (const userId of Object.keys(users)) {
      if ((await this.state.chain(userId)) === null || userId === this.identity.userId) continue;
      if ((await this.directory.pinned(userId))?.conflict !== undefined) conflicts.push(userId);
    }
    return { stateVersion, conflicts, forkedStreams: forkedStreams(streams), notices: noticesOf(content) };
  }

  /** The user's own chain must be the one that the other devices have. */
  async #checkOwnKeys(merged: SharedContent): Promise<void> {
    const { userId } = this.identity;
    const known = merged.users[userId];
    if (known === undefined) return;
    let chain = await this.directory.chain(userId);
    if (newestSeen(known) > newestOf(chain).version) chain = await this.directory.refresh(userId);
    if (newestSeen(known) > newestOf(chain).version) {
      throw new ClientError('vault.rollback', 'Another device has seen newer keys of this account');
    }
    if (conflictOf(chain, known) !== null) {
      throw new ClientError('state.fork', 'Another device has seen other keys of this account');
    }
  }

  async #owner(): Promise<StateOwner> {
    const session = await this.state.record('session');
    if (session === null) throw new ClientError('client.no-account', 'There is no session: log in first');
    const { serviceId, userId } = this.identity;
    return { serviceId, userId, vaultKey: requireBase64Url(session.vaultKey, 'vaultKey', 32) };
  }
}
