import { encodeBase64Url, requireBase64Url, type LoginJson, type VaultJson } from '@sealpost/protocol';
import { checkPasswordArgument, given, loginIdArgument } from '../arguments.js';
import { RewoundChains } from '../contacts/rewound-chains.js';
import { proveLogin } from '../crypto/auth-proof.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { openUnlock } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError, isApiError, LoginRefused } from '../errors.js';
import { proverOf } from '../http/session-proof.js';
import type { UserApi } from '../http/user-api.js';
import { republished } from '../keys/republication.js';
import { openOwnVault, type OpenedVault } from '../keys/vault-box.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { newestOf } from '../trust/chain.js';
import { chainOfPin } from '../trust/chain-pin.js';
import { EMPTY_USER, missingFrom } from '../trust/shared-trust.js';
import { checkService, leastSuite, otherAccount, otherUser, storedAccount, type Environment } from './environment.js';
import { passwordHints } from './password-rules.js';
import { chooseAccountSecret, PasswordProof } from './credentials.js';
import { proven, type Offered } from './proven.js';
import { keepSession, newSessionKey, orEnd, ownChain, thumbprintOf, type NewSessionKey } from './session.js';

/** How often the vault is fetched again because a rotation came between it and the chain. */
const VAULT_ATTEMPTS = 3;

export interface LoginInput extends RestoredOptions {
  readonly loginId: string;
  readonly password: string;
  /** Shown in the list of sessions; default: none. */
  readonly sessionName?: string;
  /** Optional 32-byte secret that the user's devices hold besides the password (protocol section 2). */
  readonly accountSecret?: Uint8Array;
}

/** What a log-in may consent to beforehand. */
export interface RestoredOptions {
  /**
   * Consents beforehand to what a RestoredAccountWarning asks for: the server was restored from a backup, and shows older
   * keys of this account, or an older password suite, than this storage has seen. Only for a user who was asked.
   */
  readonly acceptRestored?: boolean;
}

/** A successful log-in whose keys are not opened yet. */
interface Answered {
  readonly answer: LoginJson;
  readonly offered: Offered;
  readonly wrapKey: Uint8Array;
}

/** What the keys of an answer are opened with. */
interface Opening extends Pick<Answered, 'answer'> {
  readonly loginId: string;
  readonly vaultKey: Uint8Array;
}

/**
 * Logs in, opens the vault, and keeps the session. Everything that the server says is held against what this client has
 * seen before: suite, user, key chain, vault version.
 * @param expectedUserId where another user of the same name would be the wrong one
 */
export async function login(environment: Environment, options: LoginInput, expectedUserId?: string): Promise<void> {
  const loginId = loginIdArgument(options.loginId);
  checkPasswordArgument(options.password);
  const account = await storedAccount(environment);
  await checkService(environment);
  const accountSecret = chooseAccountSecret(options.accountSecret, account);
  const { serviceId } = environment.address;
  const present = new PasswordProof({ serviceId, loginId, accountSecret }, options.password);
  try {
    const sessionKey = await newSessionKey(environment.state);
    const { answer, offered, wrapKey } = await answerChallenge(environment, options, account, present, sessionKey);
    await orEnd(environment, answer, sessionKey, async (api) => {
      const userId = expectedUserId ?? account?.userId ?? answer.userId;
      if (answer.userId !== userId) {
        // A loginId may change, the user that it led to may not.
        throw account !== null && account.loginId !== loginId ? otherAccount(account) : otherUser(loginId, userId);
      }
      const vaultKey = openPasswordUnlock(answer, offered, wrapKey);
      try {
        const opening = { answer, loginId, vaultKey };
        const least =
          options.acceptRestored === true ? await settleRestored(environment, api, opening, account) : account;
        const opened = await openNewest(environment, api, opening, least?.vaultVersion ?? 0);
        const { suite } = offered;
        const record = { userId, loginId, suite, ...given({ service: account?.service }) };
        const session = { account: record, accountSecret, answer, sessionKey, vaultKey };
        await keepSession(environment, { ...session, vault: opened, chain: opened.chain });
      } finally {
        wipe(vaultKey);
      }
    });
  } finally {
    present.wipe();
  }
}

async function answerChallenge(
  environment: Environment,
  options: LoginInput,
  account: AccountRecord | null,
  present: PasswordProof,
  sessionKey: NewSessionKey,
): Promise<Answered> {
  const { loginId } = present.owner;
  const { sessionName, password, acceptRestored } = options;
  const send = async (offered: Offered): Promise<Answered> => {
    const { authSeed, wrapKey } = present.keysFor(offered);
    const signature = encodeBase64Url(proveLogin(offered.context, authSeed, thumbprintOf(sessionKey)));
    const body = { loginId, challenge: offered.sent, signature, ...given({ sessionName }) };
    return { answer: await environment.api.login(body, proverOf(sessionKey)), offered, wrapKey };
  };
  const least = leastSuite(environment.address, acceptRestored === true ? null : account);
  return proven(environment, { loginId, leastSuite: least, send }).catch((error: unknown) => {
    throw isApiError(error, 'auth.login-refused') ? new LoginRefused(error, passwordHints(password)) : error;
  });
}

/** A wrong password never gets here: the server has refused it. So this is about what the server returned. */
function openPasswordUnlock(
  { userId, passwordUnlock }: LoginJson,
  { context: { serviceId, loginId }, suite, salt }: Offered,
  wrapKey: Uint8Array,
): Uint8Array {
  const header = { kind: 'password', serviceId, userId, loginId, suite, salt } as const;
  try {
    return openUnlock(wrapKey, header, requireBase64Url(passwordUnlock, 'passwordUnlock'));
  } catch (cause) {
    if (!(cause instanceof CryptoRefused)) throw cause;
    throw new ClientError('vault.unlock-refused', 'The server’s unlock does not belong to this password', { cause });
  }
}

/** Another device may have rotated since the answer was made, and may do so again. */
async function openNewest(
  environment: Environment,
  api: UserApi,
  { answer, vaultKey }: Opening,
  least: number,
): Promise<OpenedVault> {
  let vault: VaultJson = answer;
  let chain = await ownChain(environment, api, answer.userId);
  for (let attempt = 1; newestOf(chain).version > vault.keyVersion && attempt <= VAULT_ATTEMPTS; attempt++) {
    vault = await api.vault();
    chain = await ownChain(environment, api, answer.userId);
  }
  return openOwnVault(vaultKey, vault, chain, least);
}

/**
 * Settles, for a user who has consented, what the server shows less of the account than this storage has seen: gives it back
 * what the storage still holds, or goes on from what the server shows.
 * @returns the account with what may be asked of the server from now on
 */
async function settleRestored(
  { state, address, now }: Environment,
  api: UserApi,
  { loginId, vaultKey, answer }: Opening,
  account: AccountRecord | null,
): Promise<AccountRecord | null> {
  const { userId, vaultVersion } = answer;
  const pin = await state.chain(userId);
  if (pin === null || account === null) return account;
  const pinned = chainOfPin(pin);
  const rewound = new RewoundChains(api, state, address.serviceId, now, userId);
  const chain = await rewound.shown(userId);
  const known = (await state.knownUser(userId)) ?? EMPTY_USER;
  if (missingFrom(chain, pinned, known).size === 0) return account;
  const session = await state.record('session');
  const held = { chain: pinned, session, account: { ...account, loginId } };
  if (await republished(api, held, vaultKey, { chain, vaultVersion })) return account;
  // Nothing is given up before the vault that the server shows has opened.
  openOwnVault(vaultKey, await api.vault(), chain, 0);
  await rewound.giveUp(userId, pinned, null);
  const older = { ...account, vaultVersion: 0 };
  await state.commit(new Changes().set('account', older));
  return older;
}
