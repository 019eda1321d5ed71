import {
  encodeBase64Url,
  LENGTHS,
  LIMITS,
  uuidV7,
  type DeviceRequestState,
  type DeviceStatusJson,
  type PairingAnswer,
  type PairingContext,
} from '@sealpost/protocol';
import type { Environment } from '../account/environment.js';
import { thumbprintOf, type NewSessionKey } from '../account/session.js';
import {
  generatePairingSecrets,
  pairingCode,
  pairingCommitment,
  pairingTranscript,
  type PairingSecrets,
} from '../crypto/pairing.js';
import { randomBytes } from '../crypto/primitives.js';
import { wipe } from '../crypto/wipe.js';
import { unhurried } from '../http/backoff.js';
import { toWire } from '../http/json-shape.js';
import { receivedBytes, expired, refusingTampering, tampered } from './device-errors.js';

/** How long one request waits for the next step. */
const WAIT_SECONDS = 25;

/** The exchange in which both devices have said everything that the code is made of. */
export interface Agreed {
  readonly answer: PairingAnswer;
  readonly transcript: Uint8Array;
  readonly code: string;
}

/** The new device's side of an exchange (protocol section 10). `forget` must be called at the end. */
export class JoinExchange {
  readonly context: PairingContext;
  readonly #secrets: PairingSecrets;
  readonly #token = randomBytes(LENGTHS.pairingToken);
  readonly #endsAt: number;

  constructor(
    private readonly environment: Environment,
    readonly sessionKey: NewSessionKey,
    given: Pick<PairingContext, 'loginId' | 'deviceName'>,
  ) {
    const { address, now } = environment;
    this.#secrets = generatePairingSecrets(thumbprintOf(sessionKey));
    this.context = { serviceId: address.serviceId, requestId: uuidV7(now(), randomBytes(10)), ...given };
    // By a clock that nobody sets, and not by what the server says.
    this.#endsAt = performance.now() + LIMITS.pairingSeconds * 1000;
  }

  get token(): string {
    return encodeBase64Url(this.#token);
  }

  get kemSeed(): Uint8Array {
    return this.#secrets.kemSeed;
  }

  /** Commits, waits for the answer of a signed-in device, and only then reveals. */
  async agree(): Promise<Agreed> {
    const { context, token } = this;
    const { api } = this.environment;
    const { offer } = this.#secrets;
    const commitment = pairingCommitment(context, offer);
    const { requestId: id, loginId, deviceName } = context;
    const named = deviceName === '' ? {} : { deviceName };
    await api.requestDevice({ id, loginId, ...named, ...toWire({ commitment }), token });
    const answer = answerOf(await this.#leaving(['waiting']));
    const transcript = refusingTampering('The answer does not have the form of one', () =>
      pairingTranscript(context, commitment, answer, offer),
    );
    const { kemPublicKey, deviceNonce: nonce } = offer;
    const sessionKey = thumbprintOf(this.sessionKey);
    await api.revealDevice(id, { token, ...toWire({ kemPublicKey, nonce, sessionKey }) });
    return { answer, transcript, code: pairingCode(transcript) };
  }

  /** Resolves when the other device has approved. */
  async approved(over: AbortSignal): Promise<void> {
    const { signal } = this.environment;
    const either = signal === undefined ? over : AbortSignal.any([signal, over]);
    const { state } = await this.#leaving(['answered', 'revealed'], either);
    if (state !== 'approved') throw tampered(`The server says that the request is ${state}, which nobody asked for`);
  }

  forget(): void {
    wipe(this.#secrets.kemSeed, this.#token);
  }

  async #leaving(states: readonly DeviceRequestState[], signal = this.environment.signal): Promise<DeviceStatusJson> {
    const { token } = this;
    let known = states[0];
    for (;;) {
      if (performance.now() >= this.#endsAt) throw expired();
      const body = { token, ...(known === undefined ? {} : { known }) };
      const { requestId } = this.context;
      const ask = () => this.environment.api.deviceStatus(requestId, body, WAIT_SECONDS, signal);
      const before = known;
      const status = await unhurried(ask, ({ state }) => state !== before, signal);
      if (!states.includes(status.state)) return status;
      known = status.state;
    }
  }
}

function answerOf({ state, answer }: DeviceStatusJson): PairingAnswer {
  if (state !== 'answered' || answer === undefined) {
    throw tampered(`The server says that the request is ${state}, though nothing was revealed`);
  }
  const { userId, keyVersion } = answer;
  return {
    approver: { userId, keyVersion, keysHash: receivedBytes(answer.keysHash, 'keysHash', LENGTHS.hash) },
    approverNonce: receivedBytes(answer.nonce, 'nonce', LENGTHS.pairingNonce),
  };
}
