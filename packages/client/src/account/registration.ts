import { encodeRegisterFields, uuidV7, type RegisterJson } from '@sealpost/protocol';
import { checkPasswordArgument, given, loginIdArgument } from '../arguments.js';
import { randomBytes } from '../crypto/primitives.js';
import { ApiError, ClientError, isApiError, keeping } from '../errors.js';
import { proverOf } from '../http/session-proof.js';
import { Changes } from '../state/client-state.js';
import { chooseAccountSecret, proofsOf, sealAccount, wipeAccount, type SealedAccount } from './credentials.js';
import { checkService, suiteOfNewCredentials, type Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import { checkNewPassword } from './password-rules.js';
import { isSpent, proven, type Offered } from './proven.js';
import { keepSession, newSessionKey, thumbprintOf, type NewSessionKey } from './session.js';

export interface RegisterInput extends LoginInput {
  /** Where the service registers by invitation. */
  readonly invitation?: string;
}

/**
 * Registers a new user and keeps the session. Where an earlier attempt with this storage may have been carried out without
 * its answer, that is finished.
 * @returns the recovery words, which nobody can show again; see handingOver()
 */
export async function register(environment: Environment, options: RegisterInput): Promise<string> {
  const loginId = loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const finished = await finishBegun(environment, options, loginId);
  if (finished !== null) return finished;
  if ((await environment.state.record('account')) !== null) {
    throw new ClientError('storage.other-account', 'The storage belongs to an account already');
  }
  await checkNewPassword(environment, loginId, options.password);
  const { address } = environment;
  const service = await checkService(environment);
  const sessionKey = await newSessionKey(environment.state);
  const now = environment.now();
  const made = sealAccount({
    ...{ serviceId: address.serviceId, userId: uuidV7(now, randomBytes(10)), loginId },
    suite: suiteOfNewCredentials(service, address.minimumSuite),
    password: options.password,
    accountSecret: chooseAccountSecret(options.accountSecret, null),
    vaultVersion: 1,
    now,
  });
  const { invitation, sessionName } = options;
  const fields = encodeRegisterFields(made.fields, thumbprintOf(sessionKey));
  return makeAccount(environment, options, made, {
    send: (offered) => {
      const body = { ...made.body, userId: made.userId, loginId, ...proofsOf(made, 'register', fields, offered) };
      return environment.api.register({ ...body, ...given({ invitation, sessionName }) }, proverOf(sessionKey));
    },
    keep: (answer) => keepRegistered(environment, made, answer, sessionKey),
  });
}

async function keepRegistered(
  environment: Environment,
  made: SealedAccount,
  answer: RegisterJson,
  sessionKey: NewSessionKey,
): Promise<void> {
  const { userId, loginId, statement, vaultKey, vaultVersion, accountSecret } = made;
  if (answer.userId !== userId) {
    throw new ClientError('client.bad-answer', 'The server registered another userId than it was given');
  }
  const { serviceId } = environment.address;
  const account = { userId, loginId, suite: made.fields.suite };
  const vault = { vault: made.body.vault, vaultVersion, keyVersion: statement.version };
  const chain = { serviceId, userId, statements: [statement], acceptedRoot: statement.version };
  await keepSession(environment, { account, accountSecret, answer, sessionKey, vaultKey, vault, chain });
}

/** How the server makes an account, and what is kept of its answer. */
interface Making<T> {
  readonly send: (offered: Offered) => Promise<T>;
  readonly keep: (answer: T) => Promise<void>;
}

/**
 * Has the server make an account, or make it anew. Before it is asked, what its owner must get to see is kept: whether its
 * answer arrives, or this program lives to see it, nobody knows.
 * @returns the recovery words
 */
export async function makeAccount<T>(
  environment: Environment,
  options: LoginInput,
  made: SealedAccount,
  { send, keep }: Making<T>,
): Promise<string> {
  const { loginId, userId, words } = made;
  const { state, address } = environment;
  const begun = { serviceId: address.serviceId, loginId, userId, recoveryWords: words };
  try {
    const before = await state.record('begun-account');
    await state.commit(new Changes().set('begun-account', begun));
    // What an earlier attempt has left may still be true.
    const forget = (): Promise<void> =>
      before === null
        ? forgetBegun(environment)
        : state.commit(new Changes().set('begun-account', before), { erase: true });
    const answer = await proven(environment, {
      loginId,
      leastSuite: 0,
      send: async (offered, inDoubt) =>
        send(offered).catch(async (error: unknown): Promise<ApiError> => {
          const refused = error instanceof ApiError && error.status < 500 && !isSpent(error);
          // The invitation, the claim token or the loginId may have been used up by an earlier try whose answer was lost.
          if (refused && inDoubt) return error;
          if (refused) await forget();
          throw error;
        }),
    });
    await keeping(ACCOUNT_MADE, () =>
      answer instanceof ApiError ? loginInstead(environment, options, userId, answer, forget) : keep(answer),
    );
  } finally {
    wipeAccount(made);
  }
  return words;
}

/** If the password, which is new, opens that user, it was this client that made the account. */
async function loginInstead(
  environment: Environment,
  options: LoginInput,
  userId: string,
  refusal: ApiError,
  forget: () => Promise<void>,
): Promise<void> {
  try {
    await login(environment, options, userId);
  } catch (error) {
    if (!isNobody(error)) throw error;
    await forget();
    throw refusal;
  }
}

async function forgetBegun({ state }: Environment): Promise<void> {
  await state.commit(new Changes().remove('begun-account'), { erase: true });
}

/** For as long as the owner does not have them, the words stay where the next attempt finds them. */
export async function handingOver<T>(environment: Environment, open: () => Promise<T>): Promise<T> {
  return keeping(ACCOUNT_MADE, async () => {
    const opened = await open();
    await forgetBegun(environment);
    return opened;
  });
}

/** The account is there, and its words are kept. */
const ACCOUNT_MADE =
  'The account is made, or may be: do the same again with this storage, which gives the recovery words.';

/**
 * Signs in to the account that an earlier attempt has made, where nobody knows of its success.
 * @returns its recovery words; null where there is none: the password opens no such user
 */
export async function finishBegun(
  environment: Environment,
  options: LoginInput,
  loginId: string,
): Promise<string | null> {
  const begun = await environment.state.record('begun-account');
  if (begun?.loginId !== loginId || begun.serviceId !== environment.address.serviceId) return null;
  try {
    // The userId was new and random: if the password opens that user, it was that attempt that made it.
    await keeping(ACCOUNT_MADE, () => login(environment, options, begun.userId));
  } catch (error) {
    if (!isNobody(error)) throw error;
    return null;
  }
  return begun.recoveryWords;
}

/** The password opens nothing, or somebody else's account. */
export function isNobody(error: unknown): boolean {
  const isOther = error instanceof ClientError && error.code === 'login.user-differs';
  return isOther || isApiError(error, 'auth.login-refused');
}
