import { ApiError, ClientError, NetworkError } from '../errors.js';
import type { Approval, AskForCode } from './approval.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import type { UserApi } from '../http/user-api.js';

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
  constructor(
    private readonly api: UserApi,
    private readonly approval: Approval,
  ) {}

  /** The oldest first; none of them can read anything yet. */
  async pending(call: CallOptions = {}): Promise<readonly PendingDevice[]> {
    const { items: requests } = await this.api.deviceRequests(call);
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
    return this.api.denyDevice(id, call);
  }

  async #approve(id: string, askForCode: AskForCode, call: CallOptions): Promise<void> {
    const request = (await this.api.deviceRequests(call)).items.find((pending) => pending.id === id);
    if (request === undefined) {
      throw new ClientError('client.invalid-argument', 'No device with this id waits for approval');
    }
    try {
      await this.approval.run(request, askForCode, call);
    } catch (error) {
      // A second code for the same exchange could only be a guess. What the server or the network refused is no verdict: the
      // request may be another device's, or approved already. Whoever has given up has said nothing of the device.
      const isVerdict = !(error instanceof ApiError || error instanceof NetworkError || call.signal?.aborted === true);
      if (isVerdict) await this.api.denyDevice(id).catch(() => undefined);
      throw error;
    }
  }
}
