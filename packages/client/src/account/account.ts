import type { AccountEventJson, AccountJson } from '@sealpost/protocol';
import type { AccountApi } from '../http/account-api.js';
import type { Credentials } from './credentials.js';
import type { Erasure } from './erasure.js';

/** What the server says about the user's own account. */
export type AccountInfo = AccountJson;

/** An entry of the account's history. `kind` is one of ACCOUNT_EVENT_KINDS of @sealpost/protocol, or of a newer server. */
export type AccountEvent = AccountEventJson;

const EVENTS_PER_PAGE = 100;

/** The user's own account: what opens it, and what happened to it. */
export class Account {
  #loginId: string;

  constructor(
    private readonly api: AccountApi,
    private readonly credentials: Credentials,
    private readonly erasure: Erasure,
    loginId: string,
  ) {
    this.#loginId = loginId;
  }

  /** As this client has last seen or set it. */
  get loginId(): string {
    return this.#loginId;
  }

  get(): Promise<AccountInfo> {
    return this.api.account();
  }

  /** The history of the account, the newest first, page by page as it is asked for. */
  async *events(): AsyncGenerator<AccountEvent, void, void> {
    let before: number | undefined;
    do {
      const page = await this.api.events(before, EVENTS_PER_PAGE);
      yield* page.events;
      before = page.nextBefore;
    } while (before !== undefined);
  }

  /**
   * Sets a new password. This session goes on, all others end; keys and messages stay as they are. Whoever knew the old
   * password and kept a copy of what it opened can still open that.
   * @throws ApiError `auth.proof-refused` for a wrong password, `auth.credentials-changed` where another device was first;
   * NetworkError where it is not known whether it was changed: one of the two passwords opens the account
   */
  async changePassword(change: { readonly password: string; readonly newPassword: string }): Promise<void> {
    await this.credentials.changePassword(change);
  }

  /**
   * Moves the account to another loginId, which the newest key signs. All other sessions end. The old one may be taken by
   * somebody else from then on; people who have written to the user before go on to reach the same user.
   * @throws as changePassword(), and ApiError `auth.login-id-taken`
   */
  async changeLoginId(change: { readonly password: string; readonly newLoginId: string }): Promise<void> {
    this.#loginId = await this.credentials.changePassword(change);
  }

  /**
   * Makes a new recovery key; the old words open nothing from then on.
   * @param show gets the new words before they count, and resolves once the user has written them down. Whatever happens
   * afterwards, either these words or the old ones open the account
   * @returns the new words, once they count
   */
  replaceRecoveryKey(options: {
    readonly password: string;
    readonly show: (words: string) => Promise<void>;
  }): Promise<string> {
    return this.credentials.replaceRecoveryKey(options.password, options.show);
  }

  /**
   * Erases the account at the server, then everything in this client's storage, and closes the client. Nobody can undo it.
   * Other people keep the messages that they have, and can go on to verify them: the key statements stay. The loginId may
   * be taken by somebody else from then on.
   * @throws as changePassword(); nothing was removed from the storage then. NetworkError where it is not known whether the
   * account still exists
   */
  erase({ password }: { readonly password: string }): Promise<void> {
    return this.erasure.erase(password);
  }
}
