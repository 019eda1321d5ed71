import { encodeBase64Url, type RotateRequestJson, type VerifiedStatement } from '@sealpost/protocol';
import { acceptRoot, isBlocked, newestOf, rootOf, statementAt, type KeyChain } from '../trust/chain.js';
import { signedStatementJson } from '../trust/chain-pin.js';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { ApiError, ClientError, isApiError, type RestoredAccountWarning } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { CallOptions } from '../http/call-options.js';
import type { OwnKeyPair } from '../envelope/types.js';
import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import type { RotationRecord, SessionRecord } from '../state/records.js';
import { republished } from './republication.js';
import { makeKeys, openOwnVault, vaultKeyOf, type OpenedVault } from './vault-box.js';

/** One version of the user's public keys. */
export interface KeyVersion {
  readonly version: number;
  /** Unix milliseconds, by the clock of the device that made it. */
  readonly createdAt: number;
  /** Names the version's statement: base64url of its hash. */
  readonly keysHash: string;
}

export interface RotateOptions extends CallOptions {
  /**
   * Declares all earlier keys compromised: others then refuse messages under them that they have not accepted yet
   * (protocol section 5, flag bit 1).
   */
  readonly earlierKeysCompromised?: boolean;
}

/** How often a rotation is begun anew because another device came first. */
const ROTATION_ATTEMPTS = 4;
/** How often the vault is fetched again because a rotation came between it and the chain. */
const REFRESH_ATTEMPTS = 3;

/** The user's own private keys of all versions. */
export class OwnKeys {
  #opened: OpenedVault | null = null;
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly directory: ContactDirectory,
    private readonly userId: string,
    private readonly around: { readonly now: () => number; readonly changed: (newest: KeyVersion) => void },
  ) {}

  /** The keys as they were last seen, without asking the server. */
  opened(): Promise<OpenedVault> {
    return this.#mutex.run('vault', () => this.#current());
  }

  /** The keys as the server has them now: another device may have rotated. */
  refresh(): Promise<OpenedVault> {
    return this.#mutex.run('vault', () => this.#refresh());
  }

  /**
   * Makes a new version of all keys. What the server was asked to do is kept until its answer is known: called again
   * after a failure, the same rotation is finished instead of another one begun.
   * @param isFresh keys that need not be replaced, e.g. because another device has done it; default: none
   */
  rotate(options: RotateOptions, isFresh?: (newest: VerifiedStatement) => boolean): Promise<VerifiedStatement> {
    return this.#mutex.run('vault', async () => {
      for (let attempt = 1; ; attempt++) {
        options.signal?.throwIfAborted();
        const kept = await this.#keptRotation();
        const newest = newestOf((await this.#current()).chain);
        if (kept === null && isFresh?.(newest) === true) return newest;
        const rotation = kept ?? (await this.#beginRotation(options));
        try {
          const answer = await this.api.rotate(rotation.request);
          const finished = await this.#finishRotation(rotation, answer.vaultVersion);
          // One that was begun before may not be what is asked for now: then another one is.
          const declared = finished.earlierKeysCompromised || options.earlierKeysCompromised !== true;
          if (kept === null || (declared && isFresh?.(finished) !== false)) return finished;
        } catch (error) {
          // An old, kept request may also be refused for its date. A fresh one is only ever in somebody's way.
          const conflict = isApiError(error, 'keys.version-conflict', 'keys.vault-conflict');
          const outdated = kept !== null && error instanceof ApiError && error.status < 500 && error.status !== 429;
          if (attempt === ROTATION_ATTEMPTS || !(conflict || outdated)) throw error;
          await this.state.commit(new Changes().remove('rotation'));
          await this.#refresh();
        }
      }
    });
  }

  /** One that this client has the vault of, or a later vault, is finished, though its end was not noted. */
  async #keptRotation(): Promise<RotationRecord | null> {
    const kept = await this.state.record('rotation');
    const { vaultVersion } = await this.state.getRecord('session');
    return kept !== null && kept.request.vaultVersion > vaultVersion ? kept : null;
  }

  /**
   * Runs work that puts other keys and another vault key in the place of these, while nothing else looks at them.
   * @param work gets the keys as the server has them now
   */
  replacing<T>(work: (opened: OpenedVault) => Promise<T>): Promise<T> {
    return this.#mutex.run('vault', async () => {
      try {
        return await work(await this.#refresh());
      } finally {
        this.#opened = null;
      }
    });
  }

  /**
   * Goes on with a server that was restored from a backup, after the user was asked: gives it back what this client holds
   * and the server lost, or accepts what it shows.
   * @returns whether the server has taken it back; where not, what it does not show is given up
   */
  acceptRestored({ hash }: RestoredAccountWarning): Promise<boolean> {
    return this.#mutex.run('vault', async () => {
      const session = await this.state.getRecord('session');
      const account = await this.state.record('account');
      const pinned = await this.directory.pinned(this.userId);
      const chain = await this.directory.shown(this.userId);
      if (encodeBase64Url(newestOf(chain).keysHash) !== hash) {
        await this.#refresh();
        throw new ClientError('client.invalid-argument', 'There is no such warning any more');
      }
      const answer = await this.api.vault();
      const shown = { chain, vaultVersion: answer.vaultVersion };
      this.#opened = null;
      if (await republished(this.api, { chain: pinned, session, account }, vaultKeyOf(session), shown)) {
        await this.#refresh();
        return true;
      }
      // Nothing is given up before the vault that the server shows has opened.
      const opened = openOwnVault(vaultKeyOf(session), answer, chain, 0);
      const accepted = await this.directory.acceptRewound(this.userId, hash);
      if (accepted !== null)
        await this.#keep(session, { ...opened, chain: accepted }, new Changes().remove('rotation'));
      return false;
    });
  }

  async #current(): Promise<OpenedVault> {
    const chain = await this.directory.chain(this.userId);
    if (this.#opened?.keyVersion === newestOf(chain).version) return this.#opened;
    const session = await this.state.getRecord('session');
    // The chain may have been seen to grow without the vault that belongs to it.
    if (session.keyVersion !== newestOf(chain).version) return this.#refresh();
    this.#opened = openOwnVault(vaultKeyOf(session), session, chain, session.vaultVersion);
    return this.#opened;
  }

  async #refresh(): Promise<OpenedVault> {
    const session = await this.state.getRecord('session');
    for (let attempt = 1; ; attempt++) {
      const answer = await this.api.vault();
      const chain = await this.directory.refresh(this.userId);
      if (newestOf(chain).version > answer.keyVersion && attempt < REFRESH_ATTEMPTS) continue;
      const opened = openOwnVault(vaultKeyOf(session), answer, chain, session.vaultVersion);
      if (isBlocked(chain)) await this.directory.keep(acceptRoot(chain));
      return this.#keep(session, opened, await this.#forgetFinished(chain));
    }
  }

  /** A rotation whose answer got lost shows in the chain: it must not be taken for the next one. */
  async #forgetFinished({ statements }: KeyChain): Promise<Changes> {
    const begun = (await this.state.record('rotation'))?.request.keys.statement;
    const finished = statements.some(({ statement }) => encodeBase64Url(statement) === begun);
    return finished ? new Changes().remove('rotation') : new Changes();
  }

  async #beginRotation(options: RotateOptions): Promise<RotationRecord> {
    const { chain, content, vaultVersion } = await this.#current();
    const { serviceId, userId, loginId } = await this.state.getRecord('account');
    const { statement, vault, handleSignature } = makeKeys({
      ...{ serviceId, userId, loginId, content, vaultVersion: vaultVersion + 1, now: this.around.now() },
      vaultKey: vaultKeyOf(await this.state.getRecord('session')),
      previous: newestOf(chain),
      earlierKeysCompromised: options.earlierKeysCompromised,
    });
    const request = {
      keys: signedStatementJson(statement),
      vault: encodeBase64Url(vault),
      vaultVersion: vaultVersion + 1,
      // What an earlier key has signed about the loginId counts no more behind a new root.
      ...(statement.earlierKeysCompromised ? { handleSignature: encodeBase64Url(handleSignature) } : {}),
    };
    await this.state.commit(new Changes().set('rotation', { request }));
    return { request };
  }

  async #finishRotation({ request }: RotationRecord, storedVersion: number): Promise<VerifiedStatement> {
    const chain = await this.#accepted(await this.directory.absorb(this.userId, request.keys), request);
    const session = await this.state.getRecord('session');
    const statement = chain.statements.find(({ statement }) => encodeBase64Url(statement) === request.keys.statement);
    if (statement === undefined) throw new ClientError('keys.rotation-lost', 'The server does not show the rotation');
    const done = new Changes().remove('rotation');
    if (storedVersion === request.vaultVersion && statement.version === newestOf(chain).version) {
      const answer = { vault: request.vault, vaultVersion: storedVersion, keyVersion: statement.version };
      await this.#keep(session, openOwnVault(vaultKeyOf(session), answer, chain, session.vaultVersion), done);
    } else {
      // It was finished before, and another device has rotated since.
      await this.state.commit(done);
      await this.#refresh();
    }
    return statement;
  }

  /** A root that this client has made itself needs nobody's word: its seeds are in the vault that went with it. */
  async #accepted(chain: KeyChain, { keys }: RotateRequestJson): Promise<KeyChain> {
    const isOwn = encodeBase64Url(rootOf(chain).statement) === keys.statement;
    return isBlocked(chain) && isOwn ? this.directory.keep(acceptRoot(chain)) : chain;
  }

  async #keep(session: SessionRecord, opened: OpenedVault, changes: Changes): Promise<OpenedVault> {
    const { vault, vaultVersion, keyVersion } = opened;
    const account = await this.state.record('account');
    if (account !== null) changes.set('account', { ...account, vaultVersion });
    await this.state.commit(changes.set('session', { ...session, vault, vaultVersion, keyVersion }));
    this.#opened = opened;
    if (keyVersion !== session.keyVersion) this.around.changed(keyVersionOf(newestOf(opened.chain)));
    return opened;
  }
}

/** One's own keys of a version, as messages need them; undefined where the vault does not hold it. */
export function ownKeysAt({ chain, content }: OpenedVault, version: number): OwnKeyPair | undefined {
  const statement = statementAt(chain, version);
  const seeds = content.keys.find((keys) => keys.version === version);
  return statement === undefined || seeds === undefined ? undefined : { ...statement, seeds };
}

export function newestOwnKeys(opened: OpenedVault): OwnKeyPair {
  const keys = ownKeysAt(opened, newestOf(opened.chain).version);
  if (keys === undefined) throw new ClientError('vault.refused', 'The vault lacks its newest keys');
  return keys;
}

export function keyVersionOf({ version, createdAt, keysHash }: VerifiedStatement): KeyVersion {
  return { version, createdAt, keysHash: encodeBase64Url(keysHash) };
}
