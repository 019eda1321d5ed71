import { requireBase64Url, type StateJson } from '@sealpost/protocol';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { newestOf } from '../contacts/chain.js';
import { conflictOf, newestSeen } from '../contacts/knowledge.js';
import { ClientError, isApiError, SealpostError } from '../errors.js';
import type { UserApi } from '../http/api.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { LocalKnowledge } from './local-knowledge.js';
import { mergeContents } from './merge.js';
import { EMPTY_CONTENT, type SharedContent } from './shared-content.js';
import {
  openRemoteState,
  sealNextState,
  unopenedState,
  vaultKeyIdOf,
  type RemoteState,
  type StateOwner,
} from './state-envelope.js';
import { forkedStreams } from './stream-sharing.js';

/** What came of a synchronisation. */
export interface SyncedState {
  /** Of the shared state; 0 where there is none. */
  readonly stateVersion: number;
  /** Users of whose keys the user's devices have seen different ones: they are blocked until contacts.accept(). */
  readonly conflicts: readonly string[];
  /** Streams of which the devices have seen different newest messages. */
  readonly forkedStreams: readonly string[];
}

/** What the user's clients share, so that each knows whom the others know and trust. */
export interface SharedStateControl {
  /** Why the last synchronisation failed; null where it did not. */
  readonly problem: SealpostError | null;
  /**
   * Merges what this client knows with what the others have stored, and stores it. Happens by itself some time after a
   * change, and before close().
   * @throws ClientError `state.rollback`, `state.fork` where the server shows another state than before; ApiError,
   * NetworkError
   */
  sync(): Promise<SyncedState>;
}

const ATTEMPTS = 8;

/** Reads, merges and stores the shared state, one synchronisation at a time. */
export class StateSync {
  readonly #mutex = new NamedMutex();
  #absent = false;

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly knowledge: LocalKnowledge,
    private readonly directory: ContactDirectory,
    private readonly identity: { readonly serviceId: string; readonly userId: string },
  ) {}

  /**
   * For a log-in, before anybody is trusted: takes in what others know.
   * @param discard goes on where the state cannot be opened or does not follow the one before; what it says is then lost
   */
  async begin(discard: boolean): Promise<void> {
    await this.#mutex.run('state', async () => {
      const fresh = (await this.state.record('shared-state')) === null && (await this.state.record('inbox')) === null;
      const remote = await this.#fetch(discard);
      await this.#takeIn(remote, mergeContents(remote.content, await this.knowledge.collect()), fresh);
    });
  }

  sync(): Promise<SyncedState> {
    return this.#mutex.run('state', async () => {
      for (let attempt = 1; ; attempt++) {
        const remote = await this.#fetch(false);
        const merged = mergeContents(remote.content, await this.knowledge.collect());
        await this.#takeIn(remote, merged, false);
        try {
          return await this.#store(remote, merged);
        } catch (error) {
          if (attempt === ATTEMPTS || !isApiError(error, 'state.state-conflict')) throw error;
        }
      }
    });
  }

  async #fetch(discard: boolean): Promise<RemoteState> {
    const owner = await this.#owner();
    const answer = await this.#answer();
    const last = await this.state.record('shared-state');
    const seen = last?.vaultKeyId === vaultKeyIdOf(owner) ? last : null;
    try {
      return openRemoteState(owner, answer, seen);
    } catch (error) {
      const gone =
        error instanceof ClientError && ['state.refused', 'state.fork', 'state.rollback'].includes(error.code);
      if (!(discard && gone)) throw error;
      return unopenedState(answer);
    }
  }

  /** An older server has no such route: then everybody knows what they know. */
  async #answer(): Promise<StateJson> {
    try {
      return await this.api.state();
    } catch (error) {
      if (!isApiError(error, 'request.not-found')) throw error;
      this.#absent = true;
      return { stateVersion: 0 };
    }
  }

  async #takeIn(remote: RemoteState, merged: SharedContent, fresh: boolean): Promise<void> {
    await this.#checkOwnKeys(merged);
    await this.knowledge.apply(merged, fresh);
    this.directory.forget();
    const { version, hash, history } = remote;
    const changes = new Changes();
    const vaultKeyId = vaultKeyIdOf(await this.#owner());
    if (version > 0) changes.set('shared-state', { version, hash, history, vaultKeyId });
    else changes.remove('shared-state');
    await this.state.commit(changes);
  }

  async #store(remote: RemoteState, merged: SharedContent): Promise<SyncedState> {
    const content = await this.knowledge.compact(merged);
    const isNews = JSON.stringify(content) !== JSON.stringify(mergeContents(remote.content, EMPTY_CONTENT));
    if (!isNews || this.#absent) return this.#report(remote.version, merged);
    const { request, seen } = sealNextState(await this.#owner(), remote, content);
    await this.api.putState(request);
    await this.state.commit(new Changes().set('shared-state', seen));
    return this.#report(seen.version, merged);
  }

  async #report(stateVersion: number, { users, streams }: SharedContent): Promise<SyncedState> {
    const conflicts: string[] = [];
    for (const userId of Object.keys(users)) {
      if ((await this.state.chain(userId)) === null || userId === this.identity.userId) continue;
      if ((await this.directory.pinned(userId))?.conflict !== undefined) conflicts.push(userId);
    }
    return { stateVersion, conflicts, forkedStreams: forkedStreams(streams) };
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
