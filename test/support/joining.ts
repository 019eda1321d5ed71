import { MemoryStorage, Sealpost } from '@sealpost/client';
import type { DeviceOptions } from './sdk.js';
import { waitFor } from './wait-for.js';

type JoiningOptions = DeviceOptions & Pick<Parameters<typeof Sealpost.join>[0], 'deviceName' | 'signal' | 'retry'>;

/** A new device that is joining an account, and its user in front of it. */
export class Joining {
  readonly storage = new MemoryStorage();
  readonly done: Promise<Sealpost>;
  /** How it ended, once it has. */
  outcome: 'joined' | Error | null = null;
  #code: string | null = null;
  #answer: (yes: boolean) => void = () => undefined;

  constructor(
    server: { readonly url: string; readonly serviceId: string },
    loginId: string,
    { retry, ...options }: JoiningOptions = {},
  ) {
    const answered = new Promise<boolean>((resolve) => (this.#answer = resolve));
    this.done = Sealpost.join({
      storage: this.storage,
      service: { url: server.url, serviceId: server.serviceId },
      retry: { firstDelayMs: 5, longestDelayMs: 50, ...retry },
      deviceName: 'the new device',
      ...options,
      loginId,
      confirmCode: (code) => {
        this.#code = code;
        return answered;
      },
    });
    this.done.then(
      () => (this.outcome = 'joined'),
      (error: unknown) => (this.outcome = error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** The code that it shows, once it does; rejects where it ends before. */
  async code(): Promise<string> {
    const shown = await waitFor(() => this.#code ?? this.outcome, { what: 'the code' });
    if (shown instanceof Error) throw shown;
    return shown;
  }

  /** What the user says about the other device. */
  say(approved: boolean): void {
    this.#answer(approved);
  }
}

/** The id of the only device that waits, once there is one. */
export async function pendingId(approver: Sealpost): Promise<string> {
  const device = await waitFor(async () => (await approver.devices.pending()).find(({ open }) => open) ?? null, {
    what: 'the new device',
  });
  return device.id;
}

/** The whole story, with a user who does everything right. */
export async function joinWith(approver: Sealpost, joining: Joining): Promise<Sealpost> {
  await approver.devices.approve(await pendingId(approver), () => joining.code());
  joining.say(true);
  return joining.done;
}
