import { equalBytes, requireBase64Url, type CollectedDeviceJson, type Handover } from '@sealpost/protocol';
import { chooseAccountSecret } from '../account/credentials.js';
import {
  checkService,
  checkSuite,
  leastSuite,
  otherUser,
  storedAccount,
  type Environment,
} from '../account/environment.js';
import { keepSession, newSessionKey, orEnd, ownChain } from '../account/session.js';
import { loginIdArgument } from '../arguments.js';
import { isSignedHandover, openHandover, wipeHandover } from '../crypto/pairing.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';
import { proverOf } from '../http/session-proof.js';
import type { UserApi } from '../http/user-api.js';
import { openOwnVault } from '../keys/vault-box.js';
import type { AccountRecord } from '../state/records.js';
import { rootOf, statementAt, type KeyChain } from '../trust/chain.js';
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

/**
 * Joins an account with the approval of a signed-in device, and keeps the session. Nothing is kept before the whole of
 * it holds: the code that the user has confirmed, the signature of the approving device, its root, the vault.
 */
export async function join(environment: Environment, options: JoinInput): Promise<void> {
  const loginId = loginIdArgument(options.loginId);
  const account = await storedAccount(environment, loginId);
  await checkService(environment);
  const deviceName = options.deviceName ?? '';
  const sessionKey = await newSessionKey(environment.state);
  const exchange = new JoinExchange(environment, sessionKey, { loginId, deviceName });
  try {
    const agreed = await exchange.agree();
    if (account !== null && account.userId !== agreed.answer.approver.userId) throw otherUser(loginId, account.userId);
    await confirmed(exchange, agreed, options);
    const { requestId } = exchange.context;
    const { token } = exchange;
    const collected = await environment.api.collectDevice(requestId, { token }, proverOf(sessionKey));
    await orEnd(environment, collected, sessionKey, (api) =>
      keepCollected({ environment, api, account, exchange, agreed, collected }),
    );
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

/** A session that was handed over, and what it is held against. */
interface Collecting {
  readonly environment: Environment;
  readonly api: UserApi;
  readonly account: AccountRecord | null;
  readonly exchange: JoinExchange;
  readonly agreed: Agreed;
  readonly collected: CollectedDeviceJson;
}

async function keepCollected(collecting: Collecting): Promise<void> {
  const { exchange, agreed, collected } = collecting;
  const [blob, handover] = refusingTampering('What was handed over cannot be opened', () => {
    const sealed = requireBase64Url(collected.handover, 'handover');
    return [sealed, openHandover(agreed.transcript, exchange.kemSeed, sealed)] as const;
  });
  try {
    await keepHandover(collecting, handover, blob);
  } finally {
    wipeHandover(handover);
  }
}

async function keepHandover(
  { environment, api, account, exchange, agreed, collected }: Collecting,
  handover: Handover,
  blob: Uint8Array,
): Promise<void> {
  const { userId } = agreed.answer.approver;
  if (collected.userId !== userId) throw tampered('The session is not of the account that has approved');
  checkSuite(handover.suite, leastSuite(environment.address, account));
  const accountSecret = chooseAccountSecret(handover.accountSecret, account);
  try {
    const chain = await ownChain(environment, api, userId);
    requireHandedOver(chain, agreed, handover, blob);
    const vault = statementAt(chain, collected.keyVersion + 1) === undefined ? collected : await api.vault();
    const least = Math.max(account?.vaultVersion ?? 0, handover.vaultVersion);
    await keepSession(environment, {
      account: { userId, loginId: exchange.context.loginId, suite: handover.suite },
      answer: collected,
      sessionKey: exchange.sessionKey,
      vaultKey: handover.vaultKey,
      vault: openOwnVault(handover.vaultKey, vault, chain, least),
      ...{ accountSecret, chain },
    });
  } finally {
    wipe(accountSecret);
  }
}

/** The chain is the approver's: it has the keys of the transcript, which have signed, and the root that was handed over. */
function requireHandedOver(
  chain: KeyChain,
  { answer, transcript }: Agreed,
  { rootHash }: Handover,
  blob: Uint8Array,
): void {
  const { keyVersion, keysHash } = answer.approver;
  const statement = statementAt(chain, keyVersion);
  if (statement === undefined || !equalBytes(statement.keysHash, keysHash)) {
    throw tampered('The server shows other keys of the account than the ones that have approved');
  }
  if (!isSignedHandover(transcript, blob, statement.signingPublicKey)) {
    throw tampered('The keys that were to approve have not signed what was handed over');
  }
  const root = rootOf(chain);
  if (!equalBytes(root.keysHash, rootHash)) {
    throw tampered('The chain of the account has another root than the approving device says');
  }
}
