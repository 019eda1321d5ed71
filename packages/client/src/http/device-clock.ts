import { ApiError, DeviceClockWrong } from '../errors.js';

/** Date tells whole seconds, and an answer takes its time: less than that is no difference. */
const TOLERANCE_MS = 5000;
/** No clock is wrong by more than a century: then the Date says nothing. */
const CENTURY_MS = 100 * 365 * 24 * 3_600_000;

/** This device's clock, held against the Date of the service's own answers. */
export class DeviceClock {
  #differenceMs: number | null = null;

  /** @param now of this device, Unix milliseconds */
  constructor(private readonly now: () => number) {}

  /** How far this device is ahead of the server, negative where it is behind; null while no answer has told. */
  get differenceMs(): number | null {
    return this.#differenceMs;
  }

  /** In a page of another origin Date is not to be seen unless the server exposes it. */
  observe({ headers }: Response): void {
    const date = Date.parse(headers.get('date') ?? '');
    const difference = this.now() - date;
    if (Number.isNaN(date) || Math.abs(difference) > CENTURY_MS) return;
    this.#differenceMs = Math.abs(difference) < TOLERANCE_MS ? 0 : difference;
  }

  /**
   * A refusal for the time of a statement, with the difference of the two clocks where there is one. Where there is none,
   * or it is not known, the refusal stays as it is: then nothing says that it is this device's clock.
   */
  explain(refusal: ApiError): ApiError {
    const { body } = refusal;
    const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
    const difference = this.#differenceMs ?? 0;
    return reason === 'wrong-clock' && difference !== 0 ? new DeviceClockWrong(refusal, difference) : refusal;
  }
}
