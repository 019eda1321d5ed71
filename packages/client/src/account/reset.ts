import {
  decodeBase64Url,
  decodeKeyStatement,
  encodeBase64Url,
  encodeChallengeFields,
  encodeResetKeysFields,
  ProtocolError,
  type OpenResetJson,
  type PendingResetJson,
  type ResetClaimJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { proveSigning } from '../crypto/auth-proof.js';
import { sha256 } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import { signedStatementOf } from '../trust/chain-pin.js';
import { refusingKeys } from '../trust/contact-errors.js';
import { ownIdentity, type AccountContext } from './account-context.js';
import { chooseAccountSecret, proofsOf, sealAccount } from './credentials.js';
import { checkService, otherUser, storedAccount, suiteOfNewCredentials, type Environment } from './environment.js';
import { login, type LoginInput } from './login.js';
import { checkNewPassword } from './password-rules.js';
import { fetchChallenge, proven } from './proven.js';
import { finishBegun, makeAccount } from './registration.js';

const CLAIM_TOKEN_BYTES = 32;

/** What comes next, if there is such an account. */
export interface RequestedReset extends Pick<ResetClaimJson, 'proofs'> {
  /** From the proof to the reset. */
  readonly delayMs: number;
}

/** `password` is the new one. */
export interface ResetOptions extends LoginInput {
  /** From the mail, or from the administrator. */
  readonly claimToken: string;
}

export async function requestReset(environment: Environment, loginId: string): Promise<RequestedReset> {
  const given = loginIdArgument(loginId);
  await checkService(environment);
  const { proofs, delaySeconds } = await environment.api.claimReset({ loginId: given });
  return { proofs, delayMs: delaySeconds * 1000 };
}

/**
 * Begins the account anew and signs in. In a storage that belongs to it, what was seen of others still counts.
 * @returns the new recovery words, which nobody can show again
 */
export async function resetKeys(environment: Environment, options: ResetOptions): Promise<string> {
  const { api, address } = environment;
  const loginId = loginIdArgument(options.loginId);
  await checkNewPassword(environment, loginId, options.password);
  const claimToken = options.claimToken.trim();
  const claimTokenHash = sha256(claimTokenArgument(claimToken));
  const account = await storedAccount(environment, loginId);
  const service = await checkService(environment);
  const finished = await finishBegun(environment, options, loginId);
  if (finished !== null) return finished;
  // Nobody knows the old password any more, but the account shows its suite to whoever asks for a challenge.
  const present = await fetchChallenge(api, loginId, account?.suite ?? 0);
  const opened = await api.openReset({ loginId, claimToken });
  const { userId } = opened;
  if (account !== null && account.userId !== userId) throw otherUser(loginId, account.userId);
  const made = sealAccount({
    ...{ serviceId: address.serviceId, userId, loginId },
    suite: suiteOfNewCredentials(service, Math.max(present.suite, address.minimumSuite)),
    password: options.password,
    accountSecret: chooseAccountSecret(options.accountSecret, account),
    vaultVersion: opened.vaultVersion + 1,
    previous: lostStatement(environment, opened),
    now: environment.now(),
  });
  const fields = encodeResetKeysFields({ ...made.fields, claimTokenHash });
  return makeAccount(environment, options, made, {
    send: (offered) => {
      const { body, vaultVersion } = made;
      const proofs = proofsOf(made, 'reset-keys', fields, offered);
      return api.reset({ ...body, userId, loginId, vaultVersion, claimToken, ...proofs });
    },
    keep: () => login(environment, options, userId),
  });
}

function claimTokenArgument(text: string): Uint8Array {
  const token = decodeBase64Url(text);
  if (token?.length === CLAIM_TOKEN_BYTES) return token;
  throw new ClientError('client.invalid-argument', 'This is not a whole claim token');
}

/**
 * The statement that the new keys come after. Whether all before it holds is seen at the log-in; if it does not, nobody
 * accepts the new keys, and the old ones were lost anyway.
 */
function lostStatement({ address }: Environment, { userId, keys }: OpenResetJson): VerifiedStatement {
  return refusingKeys(userId, () => {
    const signed = signedStatementOf(keys);
    const statement = decodeKeyStatement(signed.statement);
    // A version that the server names, and that leaves room for the next one.
    if (statement.version !== keys.version) throw new ProtocolError('out-of-range', 'version');
    if (statement.userId !== userId || statement.serviceId !== address.serviceId) {
      throw new ProtocolError('out-of-range', 'statement');
    }
    return { ...statement, ...signed, keysHash: sha256(signed.statement) };
  });
}

/** A reset that somebody has asked for, and that is neither carried out nor over. Times are Unix milliseconds. */
export type PendingReset = PendingResetJson;

/**
 * Resets of one's own account that somebody without its password has asked for. Look at start and now and then, and show
 * them: there is a delay so that the owner can call off what somebody else has asked for.
 */
export class PendingResets {
  constructor(private readonly context: AccountContext) {}

  /** The newest first. */
  async list(call: CallOptions = {}): Promise<readonly PendingReset[]> {
    return (await this.context.userApi.pendingResets(call)).items;
  }

  /** Calls all of them off. Signed with the account's keys: the password need not be known. */
  cancel({ signal }: CallOptions = {}): Promise<void> {
    return abortable({ signal }, (call) => this.#cancel({ ...this.context, signal: call.signal }));
  }

  async #cancel(context: AccountContext): Promise<void> {
    const { record, account } = await ownIdentity(context);
    const { signSeed } = newestOwnKeys(await context.ownKeys.refresh()).seeds;
    const { serviceId, userId } = record;
    await proven(context, {
      loginId: account.loginId,
      leastSuite: record.suite,
      send: ({ challenge, sent }) => {
        const fields = encodeChallengeFields(challenge);
        const proof = proveSigning({ action: 'cancel-resets', serviceId, userId, fields }, signSeed);
        return context.userApi.cancelResets({ challenge: sent, proof: encodeBase64Url(proof) });
      },
    });
  }
}
