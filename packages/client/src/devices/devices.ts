import {
  encodeBase64Url,
  LENGTHS,
  LIMITS,
  pairingCodeDigits,
  type Handover,
  type PairingAnswer,
  type PairingContext,
  type PairingOffer,
  type PendingDeviceJson,
} from '@sealpost/protocol';
import type { AccountContext } from '../account/account-context.js';
import { chooseAccountSecret } from '../account/credentials.js';
import { given } from '../arguments.js';
import {
  generatePairingNonce,
  isCommittedTo,
  pairingCode,
  pairingTranscript,
  sealHandover,
  wipeHandover,
} from '../crypto/pairing.js';
import { checkXWingPublicKey, constantTimeEqual } from '../crypto/primitives.js';
import { ApiError, ClientError, NetworkError } from '../errors.js';
import { unhurried } from '../http/backoff.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import { toWire } from '../http/json-shape.js';
import type { UserApi } from '../http/user-api.js';
import { newestOwnKeys } from '../keys/own-keys.js';
import { vaultKeyOf, type OpenedVault } from '../keys/vault-box.js';
import type { AccountRecord, SessionRecord } from '../state/records.js';
import { rootOf } from '../trust/chain.js';
import { receivedBytes, expired, tampered } from './device-errors.js';

/** How long one request waits for the next step. */
const WAIT_SECONDS = 25;

export type AskForCode = () => Promise<string> | string;

/** A new device that wants to join the account, or somebody who says so. */
export interface PendingDevice {
  readonly id: string;
  /** What it calls itself; empty where it does not. Anybody can call a device anything. */
  readonly deviceName: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Whether it can still be approved: another device of the account, or an earlier start of this one, has not begun. */
  readonly open: boolean;
}

/** New devices that want to join the account without its password. */
export class Devices {
  constructor(private readonly context: AccountContext) {}

  /** The oldest first; none of them can read anything yet. */
  async pending(call: CallOptions = {}): Promise<readonly PendingDevice[]> {
    const { items: requests } = await this.context.userApi.deviceRequests(call);
    return requests.map(({ id, state, deviceName = '', createdAt, expiresAt }) => ({
      id,
      deviceName,
      createdAt,
      expiresAt,
      open: state === 'waiting',
    }));
  }

  /**
   * Hands the vault key over to a new device: it can then do everything that this one can, but for what needs the password.
   * @param askForCode called once the new device shows its code; answers with what the user has typed from there. Never
   *   fill it in by other means: the code is all that tells the user's device from somebody else's
   * @throws ClientError `devices.code-differs`, `devices.tampered`: nothing was handed over, and the request is denied
   * @throws ApiError `auth.device-request-conflict` where another device has begun to approve it
   */
  approve(id: string, askForCode: AskForCode, call: CallOptions = {}): Promise<void> {
    return abortable(call, (inner) => this.#approve(id, askForCode, inner));
  }

  /** Refuses a new device. */
  deny(id: string, call: CallOptions = {}): Promise<void> {
    return this.context.userApi.denyDevice(id, call);
  }

  async #approve(id: string, askForCode: AskForCode, call: CallOptions): Promise<void> {
    const request = (await this.context.userApi.deviceRequests(call)).items.find((pending) => pending.id === id);
    if (request === undefined) {
      throw new ClientError('client.invalid-argument', 'No device with this id waits for approval');
    }
    try {
      await approve(this.context, request, askForCode, call);
    } catch (error) {
      // A second code for the same exchange could only be a guess. What the server or the network refused is no verdict: the
      // request may be another device's, or approved already. Whoever has given up has said nothing of the device.
      const isVerdict = !(error instanceof ApiError || error instanceof NetworkError || call.signal?.aborted === true);
      if (isVerdict) await this.context.userApi.denyDevice(id).catch(() => undefined);
      throw error;
    }
  }
}

/**
 * The signed-in device's side of an exchange (protocol section 10): answers, waits until the new device has revealed, asks the
 * user for the code that the new device shows, and hands the vault key over if it is the code of this exchange.
 */
async function approve(
  { userApi, state, ownKeys }: AccountContext,
  request: PendingDeviceJson,
  askForCode: AskForCode,
  { signal }: CallOptions,
): Promise<void> {
  const account = await state.getRecord('account');
  const { serviceId, userId, loginId } = account;
  const commitment = receivedBytes(request.commitment, 'commitment', LENGTHS.hash);
  const { id, deviceName = '' } = request;
  const context: PairingContext = { serviceId, loginId, requestId: id, deviceName };
  const opened = await ownKeys.refresh();
  const { version: keyVersion, keysHash, seeds } = newestOwnKeys(opened);
  const approverNonce = generatePairingNonce();
  await userApi.answerDevice(id, toWire({ keyVersion, keysHash, nonce: approverNonce }), { signal });
  const offer = await offerOf(userApi, id, signal);
  if (!isCommittedTo(commitment, context, offer)) {
    throw tampered('The new device has not revealed what it had committed to');
  }
  const answer: PairingAnswer = { approver: { userId, keyVersion, keysHash }, approverNonce };
  const transcript = pairingTranscript(context, commitment, answer, offer);
  requireCode(transcript, await askForCode());
  signal?.throwIfAborted();
  const handover = handoverOf(await state.getRecord('account'), await state.getRecord('session'), opened);
  try {
    const blob = sealHandover(transcript, offer.kemPublicKey, handover, seeds.signSeed);
    await userApi.approveDevice(id, { handover: encodeBase64Url(blob) });
  } finally {
    wipeHandover(handover);
  }
}

async function offerOf(api: UserApi, id: string, signal: AbortSignal | undefined): Promise<PairingOffer> {
  const endsAt = performance.now() + LIMITS.pairingSeconds * 1000;
  for (;;) {
    const ask = () => api.deviceRequest(id, 'answered', WAIT_SECONDS, { signal });
    const { kemPublicKey, nonce, sessionKey } = await unhurried(ask, ({ state }) => state !== 'answered', signal);
    if (kemPublicKey !== undefined && nonce !== undefined) {
      const offer = {
        kemPublicKey: receivedBytes(kemPublicKey, 'kemPublicKey', LENGTHS.kemPublicKey),
        deviceNonce: receivedBytes(nonce, 'nonce', LENGTHS.pairingNonce),
        ...(sessionKey === undefined
          ? {}
          : { sessionKey: receivedBytes(sessionKey, 'sessionKey', LENGTHS.thumbprint) }),
      };
      const refusal = checkXWingPublicKey(offer.kemPublicKey);
      if (refusal !== null) throw tampered(`The key of the new device is no key: ${refusal}`);
      return offer;
    }
    if (performance.now() >= endsAt) throw expired();
  }
}

function handoverOf(account: AccountRecord, session: SessionRecord, { chain, vaultVersion }: OpenedVault): Handover {
  const accountSecret = chooseAccountSecret(undefined, account);
  const { suite } = account;
  const held = { vaultKey: vaultKeyOf(session), rootHash: rootOf(chain).keysHash, suite, vaultVersion };
  return { ...held, ...given({ accountSecret }) };
}

function requireCode(transcript: Uint8Array, typed: string): void {
  const digits = pairingCodeDigits(typed);
  const expected = pairingCodeDigits(pairingCode(transcript)) ?? '';
  const encoder = new TextEncoder();
  if (digits === null || !constantTimeEqual(encoder.encode(digits), encoder.encode(expected))) {
    throw new ClientError(
      'devices.code-differs',
      'This is not the code of this exchange: the new device shows another one, or somebody is between the two',
    );
  }
}
