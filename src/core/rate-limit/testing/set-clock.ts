import { Clock } from '../../clock.js';

/** A clock that stands still until a test lets time pass. */
export class SetClock extends Clock {
  constructor(private ms = 1_800_000_000_000) {
    super();
  }

  now(): number {
    return this.ms;
  }

  passSeconds(seconds: number): void {
    this.ms += seconds * 1000;
  }
}
