/** JSON of whom a user has blocked. Conventions as in wire.ts. */
import type { PageJson } from './wire.js';

/** GET /v1/blocks?after=&limit=: ascending by userId. */
export type BlocksJson = PageJson<BlockJson, string>;

/** A user whose messages do not reach this one. */
export interface BlockJson {
  readonly userId: string;
  readonly blockedAt: number;
}
