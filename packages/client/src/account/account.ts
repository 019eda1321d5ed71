import type { AccountEventJson, AccountEventsJson, AccountJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import { lookAtEscrow, type OwnEscrows } from '../escrow/escrow-watch.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import { ownIdentity, type AccountContext } from './account-context.js';
import { changePassword, eraseAccount, replaceRecoveryKey, type PasswordChange } from './account-changes.js';
import { joinEscrow } from './escrow-membership.js';
import { exportLines, type ExportLine, type ExportOptions } from './export.js';
import { rekey, type Rekeyed, type RekeyOptions } from './rekey.js';

/** What the server says about the user's own account, and what the user's clients know of its escrow by themselves. */
export type AccountInfo = AccountJson & OwnEscrows;

/** An entry of the account's history. `kind` is one of ACCOUNT_EVENT_KINDS of @sealpost/protocol, or of a newer server. */
export type AccountEvent = AccountEventJson;

const EVENTS_PER_PAGE = 100;

/** The user's own account: what opens it, and what happened to it. */
export class Account {
  #loginId: string;

  constructor(
    private readonly context: AccountContext,
    private readonly userId: string,
    loginId: string,
  ) {
    this.#loginId = loginId;
  }

  /** The loginId that this client has last seen or set. */
  get loginId(): string {
    return this.#loginId;
  }

  /**
   * `escrowWarning` is there where the server says otherwise of the escrow than the user's clients have done: show it.
   * @throws ClientError `client.bad-answer` where the server shows another account, or a loginId that this account's keys
   * have not signed
   */
  get(call: CallOptions = {}): Promise<AccountInfo> {
    return abortable(call, async () => {
      const { account } = await ownIdentity(this.context);
      this.#loginId = account.loginId;
      return { ...account, ...(await lookAtEscrow(this.context, account)) };
    });
  }

  /** The history of the account, the newest first, page by page as it is asked for. */
  async *events(call: CallOptions = {}): AsyncGenerator<AccountEvent, void, void> {
    let before: number | undefined;
    do {
      const page = await this.context.userApi.accountEvents(before, EVENTS_PER_PAGE, call);
      checkOrder(page, before);
      yield* page.items;
      before = page.next;
    } while (before !== undefined);
  }

  /**
   * Sets a new password. This session goes on, all others end; keys and messages stay as they are. Whoever knew the old
   * password and kept a copy of what it opened can still open that.
   * @throws ApiError `auth.proof-refused` for a wrong password, `auth.credentials-changed` where another device was first;
   * NetworkError where it is not known whether it was changed: one of the two passwords opens the account,
   * and the same call again ends with the new one
   */
  changePassword(change: { readonly password: string; readonly newPassword: string } & CallOptions): Promise<void> {
    return this.#change(change);
  }

  /**
   * Moves the account to another loginId, which the newest key signs. All other sessions end. The old one may be taken by
   * somebody else from then on; people who have written to the user before go on to reach the same user.
   * @throws as changePassword(), PasswordRefused where the password is made of the new one, and ApiError `auth.login-id-taken`
   */
  changeLoginId(change: { readonly password: string; readonly newLoginId: string } & CallOptions): Promise<void> {
    return this.#change(change);
  }

  /**
   * Makes a new recovery key; the old words open nothing from then on.
   * @param show gets the new words before they count, and resolves once the user has written them down. Whatever happens
   * afterwards, either these words or the old ones open the account
   * @returns the new words, once they count
   */
  replaceRecoveryKey(
    options: { readonly password: string; readonly show: (words: string) => Promise<void> } & CallOptions,
  ): Promise<string> {
    const { password, show } = options;
    return this.#during(options, (context) => replaceRecoveryKey(context, password, show));
  }

  /**
   * What the server holds of the account, line by line: rows of each kind between a header and the line `end`. What was
   * encrypted stays so. Left out is what a guessed password could be tested with: the salt, the public auth keys, and the
   * wrapped vault key, which only a log-in or a recovery gives. Goes on by itself where the connection is cut, without a gap or a repetition; to go on
   * later, give the cursor of the last line. Into a file: `exportToFile` of @sealpost/client/node.
   * @throws ApiError, NetworkError after the attempts of the client's retry policy without any line
   */
  export(options: ExportOptions = {}): AsyncGenerator<ExportLine, void, void> {
    return exportLines(this.context.userApi, this.userId, options);
  }

  /**
   * Erases the account at the server, then everything in this client's storage, and closes the client. Nobody can undo it.
   * Other people keep the messages that they have, and can go on to verify them: the key statements stay. The loginId may
   * be taken by somebody else from then on.
   * @throws as changePassword(); nothing was removed from the storage then. NetworkError where it is not known whether the
   * account still exists: call it again, also in a later program
   */
  erase(options: { readonly password: string } & CallOptions): Promise<void> {
    return this.#during(options, (context) => eraseAccount(context, options.password));
  }

  /**
   * Puts a new vault key, a new key version and a new recovery key in the place of the old ones, where somebody else may
   * have had one of them. All sessions end, this one too; the client goes on with a new one, for which it logs in again.
   * The password stays: change it as well where somebody else may know it. Messages and keys stay readable.
   * @throws ApiError `keys.version-conflict`, `auth.credentials-changed` where another device was first: call it again;
   * NetworkError where it is not known whether it was done: the password opens the account in any case. ClientError
   * `escrow.fingerprint-missing` where the account has an escrow and `escrow` is not given; EscrowWarning where it is not
   * given and the server says otherwise of the escrow than the user's clients have done
   */
  rekey(options: RekeyOptions): Promise<Rekeyed> {
    return this.#during(options, (context) => rekey(context, options, false));
  }

  /**
   * Gives the vault key to the holder of the escrow key that the service offers, who can open the account from then on;
   * get() shows that. Only where the key's fingerprint is the one given here, which must not come from the server.
   * @param options.escrow base64url, as `sealpost escrow keygen` prints it
   * @throws ClientError `escrow.not-offered`, `escrow.fingerprint-differs`: then nothing was given to anybody; ApiError
   * `auth.escrow-conflict` where the account is in the escrow of another key: use rekey() with the new fingerprint
   */
  addEscrow(options: { readonly password: string; readonly escrow: string } & CallOptions): Promise<void> {
    return this.#during(options, (context) => joinEscrow(context, options.password, options.escrow));
  }

  /** Leaves the escrow, with a new vault key: the escrow's holder may have kept the old one. As rekey() otherwise. */
  removeEscrow(options: Omit<RekeyOptions, 'escrow'>): Promise<Rekeyed> {
    return this.#during(options, (context) => rekey(context, options, true));
  }

  async #change(change: PasswordChange & CallOptions): Promise<void> {
    await this.#during(change, async (context) => {
      this.#loginId = await changePassword(context, change);
    });
  }

  /** What has been sent is brought to its end, though nobody waits for it any more. */
  #during<T>({ signal }: CallOptions, work: (context: AccountContext) => Promise<T>): Promise<T> {
    return abortable({ signal }, (call) => work({ ...this.context, signal: call.signal }));
  }
}

/** Each page brings older entries than the one before: otherwise a server could keep its reader busy without end. */
function checkOrder({ items, next }: AccountEventsJson, before: number | undefined): void {
  let last = before ?? Number.POSITIVE_INFINITY;
  for (const { id } of items) {
    if (id >= last) throw endless();
    last = id;
  }
  if (next !== undefined && (items.length === 0 || next > last)) throw endless();
}

function endless(): ClientError {
  return new ClientError(
    'client.bad-answer',
    'The server lists the history of the account out of order, or without end',
  );
}
