import { encodeRekeyFields } from '@sealpost/protocol';
import { given } from '../arguments.js';
import { isApiError, SealpostError, tidying } from '../errors.js';
import { lookAtEscrow } from '../escrow/escrow-watch.js';
import type { CallOptions } from '../http/call-options.js';
import { sessionRecordOf, type OpenedVault } from '../keys/vault-box.js';
import { Changes } from '../state/client-state.js';
import { acceptRoot, extendChain, newestOf } from '../trust/chain.js';
import { changing, type AccountContext, type ChangeStart } from './account-context.js';
import { chooseAccountSecret, proofsOf, sealAccount, wipeAccount, type SealedAccount } from './credentials.js';
import { checkService, suiteOfNewCredentials } from './environment.js';
import { escrowNote, escrowOfNewKey, wrapFor, type TrustedEscrow } from './escrow-membership.js';
import { login } from './login.js';
import { hasSalt } from './proven.js';

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
interface Chosen {
  readonly suite: number;
  readonly escrow: TrustedEscrow | null;
  /** The keys as they are now. */
  readonly opened: OpenedVault;
  /** Of the shared state that this client has taken in. */
  readonly stateHash: string | undefined;
}

/**
 * Puts a new vault key in the place of the old one, proven by the present password.
 * @param remove whether the account is to leave its escrow
 */
export async function rekey(context: AccountContext, options: RekeyOptions, remove: boolean): Promise<Rekeyed> {
  const service = await checkService(context);
  return changing(context, options.password, async (start) => {
    const suite = suiteOfNewCredentials(service, start.record.suite);
    const { escrowWarning } = await lookAtEscrow(context, start.account);
    const wish = remove ? 'remove' : { fingerprint: options.escrow };
    const escrow = escrowOfNewKey(service, start.account, wish, escrowWarning);
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
  { password, compromised, discardState, show }: RekeyOptions,
  { stateHash, suite, escrow, opened }: Chosen,
): Promise<string> {
  const { record, account } = start;
  const { serviceId, userId, loginId } = record;
  const made = sealAccount({
    ...{ serviceId, userId, loginId, suite, password },
    accountSecret: chooseAccountSecret(undefined, record),
    vaultVersion: opened.vaultVersion + 1,
    previous: newestOf(opened.chain),
    content: opened.content,
    earlierKeysCompromised: compromised,
    now: context.now(),
  });
  try {
    await show(made.words);
    // An escrow of a vault key that the account never got counts for nothing.
    if (escrow !== null) await context.escrowNotes.keep(made.vaultKey, escrowNote(account, escrow, 'joined'));
    await submitOnTop(context, start, made, { escrow, stateHash, discard: discardState === true });
    // The words must reach the user in any case, and the log-in afterwards keeps the rest.
    await tidying(keep(context, start, made, opened));
    return made.words;
  } finally {
    wipeAccount(made);
  }
}

/**
 * On top of the shared state that this client has taken in: the server removes it together with the old vault key, and
 * what another device has stored meanwhile must be known here first.
 */
async function submitOnTop(
  context: AccountContext,
  { record, account, prove }: ChangeStart,
  made: SealedAccount,
  { escrow, discard, ...known }: Pick<Chosen, 'escrow' | 'stateHash'> & { readonly discard: boolean },
): Promise<void> {
  const { loginId, vaultVersion, body } = made;
  const { credentialVersion } = account;
  const fields = encodeRekeyFields({ ...made.fields, credentialVersion });
  const wrap = escrow === null ? {} : { escrow: wrapFor(escrow, record, made.vaultKey).json };
  let { stateHash } = known;
  for (let attempt = 1; ; attempt++) {
    const request = { ...body, loginId, credentialVersion, vaultVersion, ...wrap, ...given({ stateHash }) };
    try {
      await prove({
        isDone: () => hasSalt(context, { loginId, leastSuite: record.suite }, body.salt),
        send: (offered, presentSeed) =>
          context.userApi.rekey({ ...request, ...proofsOf(made, 'rekey', fields, offered, presentSeed) }),
      });
      return;
    } catch (error) {
      if (attempt === STATE_ATTEMPTS || !isApiError(error, 'state.state-conflict')) throw error;
      stateHash = await context.takeIn(discard);
    }
  }
}

/** What counts from now on, before anything else can fail. A server that goes back to the old vault is found out. */
async function keep(
  { state, escrowNotes, directory }: AccountContext,
  { record }: ChangeStart,
  { body, fields, vaultVersion, statement, vaultKey }: SealedAccount,
  { chain }: OpenedVault,
): Promise<void> {
  const session = await state.record('session');
  const sealed = { vault: body.vault, vaultVersion, keyVersion: statement.version };
  // The server has no shared state any more, and this client may be the only one that knows what it said.
  const changes = new Changes()
    .set('account', { ...record, suite: fields.suite, vaultVersion })
    .set('session', sessionRecordOf(session?.sessionId ?? '', vaultKey, sealed))
    .set('share-due', true)
    .remove('rotation');
  await state.commit(await escrowNotes.forgetOthers(changes, vaultKey), { erase: true });
  await directory.keep(acceptRoot(extendChain(chain, [statement])));
}

/** All sessions have ended, this one too. */
async function signInAgain(
  context: AccountContext,
  loginId: string,
  password: string,
  sessionName: string | undefined,
): Promise<boolean> {
  try {
    await login(context, { loginId, password, ...given({ sessionName }) });
    return true;
  } catch (error) {
    // The words must reach the user in any case.
    if (error instanceof SealpostError) return false;
    throw error;
  } finally {
    context.userApi.access.forgetTokens();
  }
}

async function presentSessionName({ userApi }: AccountContext): Promise<string | undefined> {
  const { items: sessions } = await userApi.sessions();
  const name = sessions.find(({ current }) => current)?.name ?? '';
  return name === '' ? undefined : name;
}
