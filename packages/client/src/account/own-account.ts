import { isNormalisedLoginId, ProtocolError, requireBase64Url, type AccountJson } from '@sealpost/protocol';
import { ChainRefused } from '../contacts/chain.js';
import { verifyHandle } from '../contacts/handles.js';
import { ClientError, isApiError } from '../errors.js';
import type { AccountApi } from '../http/account-api.js';
import type { UserApi } from '../http/api.js';
import type { OwnKeys } from '../keys/own-keys.js';
import { Changes, handleKey, type ClientState } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';

/** Who this is, here and at the server; both have the same userId and loginId. */
export interface OwnIdentity {
  readonly record: AccountRecord;
  readonly account: AccountJson;
}

/** What the server says of the user's own account, as far as it can be believed. */
export class OwnAccount {
  constructor(
    private readonly state: ClientState,
    private readonly api: AccountApi,
    private readonly users: UserApi,
    private readonly ownKeys: OwnKeys,
  ) {}

  /**
   * The loginId is the one of this client's own record: passwords are derived, and handles signed, for nothing that only
   * the server says. Where it names another one, the account may have moved without this client's knowing, e.g. when the
   * answer to its own change was lost; then the account's own keys have signed that.
   * @throws ClientError `client.no-account`, `client.bad-answer`
   */
  async get(): Promise<OwnIdentity> {
    const record = await this.#record();
    const account = await this.api.account();
    if (account.userId !== record.userId) throw lie('another account than that of this session');
    if (account.loginId === record.loginId) return { record, account };
    await this.#requireClaimed(account);
    const moved = { ...(await this.#record()), loginId: account.loginId };
    const changes = new Changes().set('account', moved);
    await this.state.commit(changes.add(await ownHandle(this.state, moved)));
    return { record: moved, account };
  }

  async #record(): Promise<AccountRecord> {
    const record = await this.state.record('account');
    if (record === null) throw new ClientError('client.no-account', 'There is no session: log in first');
    return record;
  }

  /** By the chain that the vault vouches for: the server can begin any other anew, and sign with that. */
  async #requireClaimed({ userId, loginId }: AccountJson): Promise<void> {
    if (!isNormalisedLoginId(loginId)) throw lie('a loginId that is none');
    const { chain } = await this.ownKeys.refresh();
    try {
      const user = await this.users.findUser(loginId);
      if (user.userId !== userId || user.loginId !== loginId) throw lie(`${loginId}, which leads to somebody else`);
      const { handleKeyVersion } = user;
      const handleSignature = requireBase64Url(user.handleSignature, 'handleSignature');
      verifyHandle(chain, { loginId, handleSignature, handleKeyVersion });
    } catch (cause) {
      const unclaimed = cause instanceof ChainRefused || cause instanceof ProtocolError;
      if (!unclaimed && !isApiError(cause, 'keys.user-not-found')) throw cause;
      throw lie(`${loginId}, which this account's keys have not signed`, cause);
    }
  }
}

/**
 * Pins the account's own loginId. Where it is pinned to somebody else, that pin stays until the user decides: whoever has
 * written to them goes on to write to them, and no server turns their messages to another user by a log-in or a change.
 */
export async function ownHandle(
  state: ClientState,
  { loginId, userId }: Pick<AccountRecord, 'loginId' | 'userId'>,
): Promise<Changes> {
  const pinned = await state.handle(loginId);
  return pinned === null ? new Changes().put(handleKey(loginId), { userId }) : new Changes();
}

function lie(what: string, cause?: unknown): ClientError {
  return new ClientError('client.bad-answer', `The server shows ${what}`, { cause });
}
