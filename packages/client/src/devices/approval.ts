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
import { rootOf } from '../trust/chain.js';
import {
  generatePairingNonce,
  isCommittedTo,
  pairingCode,
  pairingTranscript,
  sealHandover,
  wipeHandover,
} from '../crypto/pairing.js';
import { checkXWingPublicKey, constantTimeEqual } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import { unhurried } from '../http/backoff.js';
import type { CallOptions } from '../http/call-options.js';
import { newestOwnKeys, type OwnKeys } from '../keys/own-keys.js';
import type { OpenedVault } from '../keys/vault-box.js';
import type { ClientState } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import { receivedBytes, expired, tampered } from './device-errors.js';
import type { UserApi } from '../http/user-api.js';

/** How long one request waits for the next step. */
const WAIT_SECONDS = 25;

export type AskForCode = () => Promise<string> | string;

/** The signed-in device's side of an exchange (protocol section 10). */
export class Approval {
  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly ownKeys: OwnKeys,
  ) {}

  /**
   * Answers, waits until the new device has revealed, asks the user for the code that the new device shows, and hands the
   * vault key over if it is the code of this exchange.
   */
  async run(request: PendingDeviceJson, askForCode: AskForCode, { signal }: CallOptions): Promise<void> {
    const { serviceId, userId, loginId } = await this.#account();
    const commitment = receivedBytes(request.commitment, 'commitment', LENGTHS.hash);
    const deviceName = request.deviceName ?? '';
    const context: PairingContext = { serviceId, loginId, requestId: request.id, deviceName };
    const opened = await this.ownKeys.refresh();
    const { version: keyVersion, keysHash } = newestOwnKeys(opened);
    const approverNonce = generatePairingNonce();
    const answer: PairingAnswer = { approver: { userId, keyVersion, keysHash }, approverNonce };
    const [hash, nonce] = [encodeBase64Url(keysHash), encodeBase64Url(approverNonce)];
    await this.api.answerDevice(request.id, { keyVersion, keysHash: hash, nonce }, { signal });
    const offer = await this.#offer(request.id, signal);
    if (!isCommittedTo(commitment, context, offer)) {
      throw tampered('The new device has not revealed what it had committed to');
    }
    const transcript = pairingTranscript(context, commitment, answer, offer);
    requireCode(transcript, await askForCode());
    signal?.throwIfAborted();
    await this.#handOver(request.id, transcript, offer, opened);
  }

  async #offer(id: string, signal: AbortSignal | undefined): Promise<PairingOffer> {
    const endsAt = performance.now() + LIMITS.pairingSeconds * 1000;
    for (;;) {
      const ask = () => this.api.deviceRequest(id, 'answered', WAIT_SECONDS, { signal });
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

  async #handOver(id: string, transcript: Uint8Array, offer: PairingOffer, opened: OpenedVault): Promise<void> {
    const handover = await this.#handover(opened);
    try {
      const { signSeed } = newestOwnKeys(opened).seeds;
      const blob = sealHandover(transcript, offer.kemPublicKey, handover, signSeed);
      await this.api.approveDevice(id, { handover: encodeBase64Url(blob) });
    } finally {
      wipeHandover(handover);
    }
  }

  async #account(): Promise<AccountRecord> {
    const account = await this.state.record('account');
    if (account === null) throw noAccount();
    return account;
  }

  async #handover({ chain, vaultVersion }: OpenedVault): Promise<Handover> {
    const session = await this.state.record('session');
    if (session === null) throw noAccount();
    const { suite, accountSecret } = await this.#account();
    return {
      vaultKey: receivedBytes(session.vaultKey, 'vaultKey', LENGTHS.seed),
      rootHash: rootOf(chain).keysHash,
      suite,
      vaultVersion,
      ...(accountSecret === undefined
        ? {}
        : { accountSecret: receivedBytes(accountSecret, 'accountSecret', LENGTHS.seed) }),
    };
  }
}

function noAccount(): ClientError {
  return new ClientError('client.no-account', 'There is no session: log in first');
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
