import { isApiError, SealpostError, tidying } from '../errors.js';
import type { CallOptions } from '../http/call-options.js';
import { sessionRecordOf } from '../keys/vault-box.js';
import { Changes } from '../state/client-state.js';
import { acceptRoot, extendChain } from '../trust/chain.js';
import { changing, type AccountContext, type ChangeStart } from './account-context.js';
import { escrowNote, escrowOfNewKey } from './escrow-membership.js';
import { login } from './login.js';
import { NewVaultKey, type NewVaultKeyInput } from './new-vault-key.js';
import { chooseAccountSecret } from './password-keys.js';
import { fetchChallenge, proven } from './proven.js';
import { checkService, suiteOfNewCredentials } from './service-check.js';

export interface RekeyOptions extends CallOptions {
  /** The present password; it stays the password. */
  readonly password: string;
  /**
   * Declares all earlier keys compromised: others then refuse messages under them that they have not accepted yet
   * (protocol section 5, flag bit 1).
   */
  readonly compromised?: boolean;
  /** The fingerprint of the escrow key that is to have the new vault key, too. Needed where the account has an escrow. */
  readonly escrow?: string;
  /**
   * Goes on where a SharedStateWarning keeps this client from taking in what the user's other clients know: what only they
   * knew is then lost. Only for a user who was asked.
   */
  readonly discardState?: boolean;
  /**
   * Gets the new recovery words before they count, and resolves once the user has written them down. Whatever happens
   * afterwards, either these words or the old ones open the account.
   */
  readonly show: (words: string) => Promise<void>;
}

export interface Rekeyed {
  /** The 24 words that `show` got, which nobody can show again. The old ones open nothing any more. */
  readonly recoveryWords: string;
  /** False where the vault key is new and the log-in afterwards failed: use Sealpost.open() on the same storage. */
  readonly signedIn: boolean;
}

/** How often a new vault key is asked for on top of what other devices have shared meanwhile. */
const STATE_ATTEMPTS = 8;

/** What a new vault key is made with. */
type Chosen = Pick<NewVaultKeyInput, 'suite' | 'escrow' | 'opened'> & { readonly stateHash: string | undefined };

/**
 * Puts a new vault key in the place of the old one, proven by the present password.
 * @param remove whether the account is to leave its escrow
 */
export async function rekey(context: AccountContext, options: RekeyOptions, remove: boolean): Promise<Rekeyed> {
  const service = await checkService(context.api, context.address);
  return changing(context, options.password, async (start) => {
    const suite = suiteOfNewCredentials(service, start.record.suite);
    const { escrowWarning } = await context.escrows.look(start.account);
    const escrow = escrowOfNewKey(service, start.account, wishOf(options, remove), escrowWarning);
    const sessionName = await presentSessionName(context);
    // Before the new words are shown: what prevents it is to be told before.
    const stateHash = await context.takeIn(options.discardState === true);
    const rekeyed = await context.ownKeys.replacing(async (opened) => {
      const recoveryWords = await replace(context, start, options, { suite, escrow, opened, stateHash });
      const signedIn = await signInAgain(context, start.account.loginId, options.password, sessionName);
      return { recoveryWords, signedIn };
    });
    // What this client knows of others is sealed under the new vault key at once.
    if (rekeyed.signedIn) await context.share();
    return rekeyed;
  });
}

/** @returns the new recovery words */
async function replace(
  context: AccountContext,
  start: ChangeStart,
  options: RekeyOptions,
  { stateHash, ...chosen }: Chosen,
): Promise<string> {
  const { record, account } = start;
  const { password, compromised, show } = options;
  const made = new NewVaultKey({
    ...chosen,
    serviceId: record.serviceId,
    userId: record.userId,
    loginId: account.loginId,
    password,
    accountSecret: chooseAccountSecret(undefined, record),
    credentialVersion: account.credentialVersion,
    compromised: compromised === true,
    now: context.now(),
  });
  try {
    await show(made.words);
    // An escrow of a vault key that the account never got counts for nothing.
    if (chosen.escrow !== null)
      await context.escrowNotes.keep(made.vaultKey, escrowNote(account, chosen.escrow, 'joined'));
    await submitOnTop(context, start, made, { stateHash, discard: options.discardState === true });
    // The words must reach the user in any case, and the log-in afterwards keeps the rest.
    await tidying(keep(context, start, made, chosen));
    return made.words;
  } finally {
    made.wipe();
  }
}

/**
 * On top of the shared state that this client has taken in: the server removes it together with the old vault key, and
 * what another device has stored meanwhile must be known here first.
 */
async function submitOnTop(
  context: AccountContext,
  start: ChangeStart,
  made: NewVaultKey,
  { stateHash, discard }: { readonly stateHash: string | undefined; readonly discard: boolean },
): Promise<void> {
  let hash = stateHash;
  for (let attempt = 1; ; attempt++) {
    try {
      await submit(context, start, made, hash);
      return;
    } catch (error) {
      if (attempt === STATE_ATTEMPTS || !isApiError(error, 'state.state-conflict')) throw error;
      hash = await context.takeIn(discard);
    }
  }
}

async function submit(
  context: AccountContext,
  { record, account, proof }: ChangeStart,
  made: NewVaultKey,
  stateHash: string | undefined,
): Promise<void> {
  const { loginId } = account;
  await proven(context, {
    loginId,
    leastSuite: record.suite,
    // It shows in the salt, which this client has just made.
    isDone: async () => made.isIn(await fetchChallenge(context.api, loginId, record.suite)),
    send: (offered) => {
      const request = made.requestFor(offered.context, proof.keysFor(offered).authSeed);
      return context.userApi.rekey(stateHash === undefined ? request : { ...request, stateHash });
    },
  });
}

/** What counts from now on, before anything else can fail. A server that goes back to the old vault is found out. */
async function keep(
  { state, escrowNotes, directory }: AccountContext,
  { record }: ChangeStart,
  made: NewVaultKey,
  { opened, suite }: Pick<Chosen, 'opened' | 'suite'>,
): Promise<void> {
  const { vault, vaultVersion, statement, vaultKey } = made;
  const session = await state.record('session');
  const sealed = { vault, vaultVersion, keyVersion: statement.version };
  // The server has no shared state any more, and this client may be the only one that knows what it said.
  const changes = new Changes()
    .set('account', { ...record, suite, vaultVersion })
    .set('session', sessionRecordOf(session?.sessionId ?? '', vaultKey, sealed))
    .set('share-due', true)
    .remove('rotation');
  await state.commit(await escrowNotes.forgetOthers(changes, vaultKey), { erase: true });
  await directory.keep(acceptRoot(extendChain(opened.chain, [statement])));
}

/** All sessions have ended, this one too. */
async function signInAgain(
  context: AccountContext,
  loginId: string,
  password: string,
  sessionName: string | undefined,
): Promise<boolean> {
  const name = sessionName === undefined ? {} : { sessionName };
  try {
    await login(context, { loginId, password, ...name });
    return true;
  } catch (error) {
    // The words must reach the user in any case.
    if (error instanceof SealpostError) return false;
    throw error;
  } finally {
    context.access.forgetTokens();
  }
}

async function presentSessionName({ userApi }: AccountContext): Promise<string | undefined> {
  const { items: sessions } = await userApi.sessions();
  const name = sessions.find(({ current }) => current)?.name ?? '';
  return name === '' ? undefined : name;
}

function wishOf({ escrow: fingerprint }: RekeyOptions, remove: boolean): { fingerprint?: string; remove: boolean } {
  return fingerprint === undefined ? { remove } : { fingerprint, remove };
}
