import {
  encodeBase64Url,
  equalBytes,
  requireBase64Url,
  type CollectedDeviceJson,
  type Handover,
} from '@sealpost/protocol';
import { chooseAccountSecret } from '../account/password-keys.js';
import type { Environment } from '../account/environment.js';
import { apiWith, endUnkept, ownChain, tokensOf } from '../account/login.js';
import { ownHandle } from '../account/account-context.js';
import { checkService, checkSuite, leastSuite, requireService } from '../account/service-check.js';
import { newSessionKey, type NewSessionKey } from '../account/session-keys.js';
import { loginIdArgument } from '../arguments.js';
import { rootOf, statementAt, type KeyChain } from '../trust/chain.js';
import { pinOfChain } from '../trust/chain-pin.js';
import { isSignedHandover, openHandover, wipeHandover } from '../crypto/pairing.js';
import { wiping } from '../crypto/wipe.js';
import { ClientError, tidying } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { proverOf } from '../http/session-proof.js';
import { openOwnVault, sessionRecordOf } from '../keys/vault-box.js';
import { Changes } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { refusingTampering, tampered } from './device-errors.js';
import { JoinExchange, type Agreed } from './join-exchange.js';

export interface JoinInput {
  readonly loginId: string;
  /** What the other device shows to its user, and the name of the session. 1 to 64 characters; default: none. */
  readonly deviceName?: string;
  /**
   * Shows the code to the user, who types it on a signed-in device, and asks whether that device says that it has
   * approved: true only if the user says so. It is what tells the user's own device from a server that plays one. The
   * signal aborts where there is nothing to confirm any more, e.g. after a denial.
   */
  readonly confirmCode: (code: string, over: AbortSignal) => Promise<boolean> | boolean;
}

/** An exchange that both users' sides have confirmed, and what came of it. */
interface Collected extends Agreed {
  readonly answered: CollectedDeviceJson;
  readonly handover: Handover;
  readonly blob: Uint8Array;
  readonly sessionKey: NewSessionKey;
}

/**
 * Joins an account with the approval of a signed-in device, and keeps the session. Nothing is kept before the whole of
 * it holds: the code that the user has confirmed, the signature of the approving device, its root, the vault.
 */
export async function join(environment: Environment, options: JoinInput): Promise<void> {
  const loginId = loginIdArgument(options.loginId);
  const account = await environment.state.record('account');
  if (account !== null && account.loginId !== loginId) {
    throw new ClientError('storage.other-account', `The storage belongs to ${account.loginId}`);
  }
  requireService(account, environment.address);
  await checkService(environment.api, environment.address);
  const deviceName = options.deviceName ?? '';
  const sessionKey = await newSessionKey(environment.state);
  const exchange = new JoinExchange(environment, sessionKey, { loginId, deviceName });
  try {
    const agreed = await exchange.agree();
    if (account !== null && account.userId !== agreed.answer.approver.userId) {
      throw new ClientError('login.user-differs', `${loginId} was user ${account.userId}, the server says another`);
    }
    await confirmed(exchange, agreed, options);
    await keepCollected(environment, loginId, account, await collect(environment, exchange, agreed));
  } finally {
    exchange.forget();
  }
}

/** A denial ends the question to the user, and the user's "no" ends the waiting for the other device. */
async function confirmed(exchange: JoinExchange, { code }: Agreed, { confirmCode }: JoinInput): Promise<void> {
  const over = new AbortController();
  const ask = async (): Promise<void> => {
    if (await confirmCode(code, over.signal)) return;
    throw new ClientError('devices.not-confirmed', 'The other device has not approved, says the user');
  };
  try {
    await Promise.all([exchange.approved(over.signal), ask()]);
  } finally {
    over.abort();
  }
}

async function collect(environment: Environment, exchange: JoinExchange, agreed: Agreed): Promise<Collected> {
  const { sessionKey, context } = exchange;
  const body = { token: exchange.token };
  const answered = await environment.api.collectDevice(context.requestId, body, proverOf(sessionKey));
  return orLogout(environment, { answered, sessionKey }, async () =>
    refusingTampering('What was handed over cannot be opened', () => {
      const blob = requireBase64Url(answered.handover, 'handover');
      return {
        ...agreed,
        answered,
        sessionKey,
        blob,
        handover: openHandover(agreed.transcript, exchange.kemSeed, blob),
      };
    }),
  );
}

async function orLogout<T>(
  environment: Environment,
  { answered, sessionKey }: Pick<Collected, 'answered' | 'sessionKey'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await endUnkept(environment, apiWith(environment, answered, sessionKey));
    throw error;
  }
}

async function keepCollected(
  environment: Environment,
  loginId: string,
  account: AccountRecord | null,
  collected: Collected,
): Promise<void> {
  const { handover } = collected;
  try {
    await orLogout(environment, collected, async () => {
      await environment.state.commit(await changesOf(environment, loginId, account, collected));
    });
    await tidying(environment.state.dropOtherKeys());
  } finally {
    wipeHandover(handover);
  }
}

async function changesOf(
  environment: Environment,
  loginId: string,
  account: AccountRecord | null,
  collected: Collected,
): Promise<Changes> {
  const { answered, handover, answer, sessionKey } = collected;
  const { userId } = answer.approver;
  if (answered.userId !== userId) throw tampered('The session is not of the account that has approved');
  checkSuite(handover.suite, leastSuite(environment.address, account));
  const accountSecret = secretRecordOf(handover.accountSecret, account);
  const api: UserApi = apiWith(environment, answered, sessionKey);
  const chain = await ownChain(environment, api, userId);
  requireHandedOver(chain, collected);
  const vault = statementAt(chain, answered.keyVersion + 1) === undefined ? answered : await api.vault();
  const least = Math.max(account?.vaultVersion ?? 0, handover.vaultVersion);
  const opened = openOwnVault(handover.vaultKey, vault, chain, least);
  const record: AccountRecord = {
    serviceId: environment.address.serviceId,
    userId,
    loginId,
    suite: handover.suite,
    ...(accountSecret === undefined ? {} : { accountSecret }),
    vaultVersion: opened.vaultVersion,
  };
  return new Changes()
    .set('account', record)
    .set('session', sessionRecordOf(answered.sessionId, handover.vaultKey, opened))
    .set('tokens', tokensOf(answered))
    .set('known-device', { token: answered.deviceToken })
    .set('proof-key', sessionKey.record)
    .pin(pinOfChain(chain))
    .add(await ownHandle(environment.state, record));
}

/** The account secret as it is kept. */
function secretRecordOf(given: Uint8Array | undefined, account: AccountRecord | null): string | undefined {
  const secret = chooseAccountSecret(given, account);
  return secret === undefined ? undefined : wiping([secret], () => encodeBase64Url(secret));
}

/** The chain is the approver's: it has the keys of the transcript, which have signed, and the root that was handed over. */
function requireHandedOver(chain: KeyChain, { answer, transcript, handover, blob }: Collected): void {
  const { keyVersion, keysHash } = answer.approver;
  const statement = statementAt(chain, keyVersion);
  if (statement === undefined || !equalBytes(statement.keysHash, keysHash)) {
    throw tampered('The server shows other keys of the account than the ones that have approved');
  }
  if (!isSignedHandover(transcript, blob, statement.signingPublicKey)) {
    throw tampered('The keys that were to approve have not signed what was handed over');
  }
  const root = rootOf(chain);
  if (!equalBytes(root.keysHash, handover.rootHash)) {
    throw tampered('The chain of the account has another root than the approving device says');
  }
}
