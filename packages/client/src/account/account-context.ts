import { isNormalisedLoginId, ProtocolError, requireBase64Url, type AccountJson } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import type { ContactDirectory } from '../contacts/contact-directory.js';
import { wipe } from '../crypto/wipe.js';
import { ApiError, ClientError, isApiError, tidying } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import type { OwnKeys } from '../keys/own-keys.js';
import { vaultKeyOf } from '../keys/vault-box.js';
import { Changes, type ClientState } from '../state/client-state.js';
import type { AccountRecord, BegunChangeRecord } from '../state/records.js';
import type { EscrowNotes } from '../sync/escrow-notes.js';
import { KeysRefused } from '../trust/contact-errors.js';
import { verifyHandle } from '../trust/handles.js';
import { chooseAccountSecret, PasswordProof } from './credentials.js';
import type { Environment } from './environment.js';
import { proven, type Change, type Offered } from './proven.js';
import { ownHandle } from './session.js';

/** What everything stands on that concerns the account of a signed-in client. Its `api` shows the session's token. */
export interface AccountContext extends Environment {
  readonly userApi: UserApi;
  readonly directory: ContactDirectory;
  readonly ownKeys: OwnKeys;
  readonly escrowNotes: EscrowNotes;
  /** Shares what this client knows with the user's others, as far as that can be done now. */
  readonly share: () => Promise<void>;
  /** Takes in what they know, see StateSync.takeIn(). */
  readonly takeIn: (discard: boolean) => Promise<string | undefined>;
  /** Ends everything that the client is doing, and gives the storage back. */
  readonly close: () => Promise<void>;
}

/** Who this is, here and at the server; both have the same userId and loginId. */
export interface OwnIdentity {
  readonly record: AccountRecord;
  readonly account: AccountJson;
}

/** What every change starts from: who this is here and at the server, the vault key, and the present password. */
export interface ChangeStart extends OwnIdentity {
  readonly vaultKey: Uint8Array;
  /** Carries out a change that the present password proves. */
  readonly prove: (change: ProvenChange) => Promise<void>;
}

interface ProvenChange extends Pick<Change, 'isDone'> {
  /** Encodes, proves with the seed of the present password, and sends. */
  readonly send: (offered: Offered, authSeed: Uint8Array) => Promise<unknown>;
}

/**
 * Makes a change that starts from the present password; what it starts from is wiped afterwards.
 * @throws ClientError `client.no-account`, `client.bad-answer`
 */
export async function changing<T>(
  context: AccountContext,
  password: string,
  change: (start: ChangeStart) => Promise<T>,
): Promise<T> {
  checkPasswordArgument(password);
  const session = await context.state.getRecord('session');
  const { record, account } = await ownIdentity(context);
  const vaultKey = vaultKeyOf(session);
  const accountSecret = chooseAccountSecret(undefined, record);
  const { serviceId, loginId, suite } = record;
  const present = new PasswordProof({ serviceId, loginId, accountSecret }, password);
  const prove = ({ isDone, send }: ProvenChange): Promise<void> => {
    const prover = (offered: Offered): Promise<unknown> => send(offered, present.keysFor(offered).authSeed);
    return proven(context, { loginId, leastSuite: suite, isDone, send: prover });
  };
  try {
    return await change({ record, account, vaultKey, prove });
  } finally {
    present.wipe();
    wipe(vaultKey);
  }
}

/**
 * What the server says of the user's own account, as far as it can be believed. The loginId is the one of this client's own
 * record: passwords are derived, and handles signed, for nothing that only the server says. Where it names another one, the
 * account may have moved without this client's knowing, e.g. when the answer to its own change was lost; then the account's
 * own keys have signed that.
 * @throws ClientError `client.no-account`, `client.bad-answer`
 */
export async function ownIdentity(context: AccountContext): Promise<OwnIdentity> {
  const { state } = context;
  const record = await state.getRecord('account');
  const account = await context.userApi.account();
  if (account.userId !== record.userId) throw badAnswer('another account than that of this session');
  if (account.loginId === record.loginId) return { record, account };
  await requireClaimed(context, account);
  const moved = { ...(await state.getRecord('account')), loginId: account.loginId };
  const changes = new Changes().set('account', moved);
  await state.commit(changes.add(await ownHandle(state, moved)));
  return { record: moved, account };
}

/** By the chain that the vault vouches for: the server can begin any other anew, and sign with that. */
async function requireClaimed({ ownKeys, userApi }: AccountContext, { userId, loginId }: AccountJson): Promise<void> {
  if (!isNormalisedLoginId(loginId)) throw badAnswer('a loginId that is none');
  const { chain } = await ownKeys.refresh();
  try {
    const user = await userApi.findUser(loginId);
    if (user.userId !== userId || user.loginId !== loginId) throw badAnswer(`${loginId}, which leads to somebody else`);
    const { handleKeyVersion } = user;
    const handleSignature = requireBase64Url(user.handleSignature, 'handleSignature');
    verifyHandle(chain, { loginId, handleSignature, handleKeyVersion });
  } catch (cause) {
    const unclaimed = cause instanceof KeysRefused || cause instanceof ProtocolError;
    if (!unclaimed && !isApiError(cause, 'keys.user-not-found')) throw cause;
    throw badAnswer(`${loginId}, which this account's keys have not signed`, cause);
  }
}

/**
 * Makes a change that this client could not tell from one that somebody else has made, did it not remember it: written down
 * before the server is asked, and forgotten where it is refused. Whoever keeps what follows from it removes `begun-change`
 * together with that: until then the next call finds it.
 */
export async function remembering(
  state: ClientState,
  change: BegunChangeRecord,
  make: () => Promise<void>,
): Promise<void> {
  await state.commit(new Changes().set('begun-change', change));
  try {
    await make();
  } catch (error) {
    const refused = error instanceof ApiError && error.status < 500;
    if (refused) await tidying(state.commit(new Changes().remove('begun-change')));
    throw error;
  }
}

function badAnswer(what: string, cause?: unknown): ClientError {
  return new ClientError('client.bad-answer', `The server shows ${what}`, { cause });
}
