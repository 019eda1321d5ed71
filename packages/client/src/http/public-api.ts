import type * as wire from '@sealpost/protocol';
import { WITH_VAULT } from './answer-size.js';
import {
  challengeAnswer,
  collectedDeviceAnswer,
  credentialsAfter,
  deviceCreatedAnswer,
  deviceStatusAnswer,
  loginAnswer,
  openRecoveryAnswer,
  openResetAnswer,
  registerAnswer,
  resetClaimAnswer,
  resetKeysAnswer,
} from './answers-account.js';
import { serviceAnswer } from './answers.js';
import { about, uuidArgument } from './json-shape.js';
import type { Prover } from './session-proof.js';
import type { ApiRequest, Transport } from './transport.js';

type Asked<T> = Omit<ApiRequest<T>, 'method' | 'path'>;

/** By what the service knows who asks, though no session is needed. */
export interface Caller {
  /** Where the token of this client is kept; undefined where it has had no session yet. */
  readonly deviceToken?: () => Promise<string | undefined>;
  /** Of the session of a signed-in user, whose challenges others cannot use up; one that has expired does no harm. */
  readonly accessToken?: () => Promise<string>;
}

/**
 * The routes that need no session. What spends a challenge is not repeated: whoever loses the answer begins again with a new
 * one.
 */
export class PublicApi {
  constructor(
    private readonly transport: Transport,
    private readonly caller: Caller = {},
  ) {}

  service(): Promise<wire.ServiceJson> {
    return this.transport.request({ method: 'GET', path: 'v1/service', answer: serviceAnswer });
  }

  /** Issuing a challenge writes nothing on the server. */
  async challenge(loginId: string): Promise<wire.ChallengeJson> {
    const accessToken = await this.caller.accessToken?.();
    const request = { body: { loginId }, answer: challengeAnswer, repeatable: true } as const;
    return this.#postAsKnown('v1/auth/challenge', accessToken === undefined ? request : { ...request, accessToken });
  }

  /** @param prove by the session's new key */
  login(body: wire.LoginRequestJson, prove: Prover): Promise<wire.LoginJson> {
    return this.#postAsKnown('v1/auth/login', { body, prove, answer: loginAnswer, size: WITH_VAULT });
  }

  register(body: wire.RegisterRequestJson, prove: Prover): Promise<wire.RegisterJson> {
    return this.#post('v1/auth/register', { body, prove, answer: registerAnswer });
  }

  openRecovery(body: wire.OpenRecoveryRequestJson): Promise<wire.OpenRecoveryJson> {
    return this.#postAsKnown('v1/auth/recovery/open', { body, answer: openRecoveryAnswer, size: WITH_VAULT });
  }

  recover(body: wire.RecoverRequestJson): Promise<wire.CredentialsJson> {
    return this.#postAsKnown('v1/auth/recovery', { body, answer: credentialsAfter(body) });
  }

  /** Not repeated: each may send a mail. */
  claimReset(body: wire.ResetClaimRequestJson): Promise<wire.ResetClaimJson> {
    return this.#postAsKnown('v1/auth/reset/claim', { body, answer: resetClaimAnswer });
  }

  openReset(body: wire.OpenResetRequestJson): Promise<wire.OpenResetJson> {
    return this.#post('v1/auth/reset/open', { body, answer: openResetAnswer, repeatable: true });
  }

  /** Spends challenge and token. */
  reset(body: wire.ResetKeysRequestJson): Promise<wire.ResetKeysJson> {
    return this.#post('v1/auth/reset', { body, answer: resetKeysAnswer });
  }

  /** The id makes it idempotent, as it does the next three. */
  requestDevice(body: wire.DeviceRequestRequestJson): Promise<wire.DeviceRequestCreatedJson> {
    const answer = about(deviceCreatedAnswer, ({ id }) => id === body.id, 'another request');
    return this.#postAsKnown('v1/auth/device-requests', { body, answer, repeatable: true });
  }

  deviceStatus(
    id: string,
    body: wire.DeviceStatusRequestJson,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<wire.DeviceStatusJson> {
    const wait = { query: { wait: waitSeconds }, waitMs: waitSeconds * 1000, signal };
    const request = { body, answer: deviceStatusAnswer, repeatable: true, ...wait };
    return this.#post(`${deviceRequest(id)}/status`, request);
  }

  revealDevice(id: string, body: wire.RevealDeviceRequestJson): Promise<void> {
    return this.#post(`${deviceRequest(id)}/reveal`, { body, repeatable: true });
  }

  /** For 30 seconds the same session again. @param prove by the key that the device has committed to */
  collectDevice(id: string, body: wire.CollectDeviceRequestJson, prove: Prover): Promise<wire.CollectedDeviceJson> {
    const answer = { answer: collectedDeviceAnswer, size: WITH_VAULT };
    return this.#post(`${deviceRequest(id)}/collect`, { body, prove, ...answer, repeatable: true });
  }

  #post<T>(path: string, request: Asked<T>): Promise<T> {
    return this.transport.request({ method: 'POST', path, ...request });
  }

  /** Where what others ask for does not use up the attempts of a client that the service knows. */
  async #postAsKnown<T>(path: string, request: Asked<T>): Promise<T> {
    return this.#post(path, { ...request, deviceToken: await this.caller.deviceToken?.() });
  }
}

function deviceRequest(id: string): string {
  return `v1/auth/device-requests/${uuidArgument(id, 'request id')}`;
}
