import { isWriteRefused } from './database-errors.js';

/** Without another attempt it is not known for longer whether the database still takes no changes. */
const KNOWN_FOR_MS = 5000;

/**
 * Whether the database takes changes, as far as the last attempt tells: one whose disk is full, or that became a standby,
 * goes on answering questions. To write for the sake of asking would cost more than it tells.
 */
export class WriteHealth {
  #refusedAt: number | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the last attempt, a few seconds ago at most, was refused by the database as a whole. */
  get refused(): boolean {
    return this.#refusedAt !== null && this.now() - this.#refusedAt < KNOWN_FOR_MS;
  }

  succeeded(): void {
    this.#refusedAt = null;
  }

  /** Any error of an attempt; those that say nothing about other attempts change nothing. */
  failed(error: unknown): void {
    if (isWriteRefused(error)) this.#refusedAt = this.now();
  }
}
