import { uuidV7, type VerifiedStatement } from '@sealpost/protocol';

import { newestOf, verifyChain, type KeyChain } from '../../packages/client/src/trust/chain.js';
import { randomBytes } from '../../packages/client/src/crypto/primitives.js';
import { generateSeeds, makeStatement, type UserSeeds } from '../../packages/client/src/crypto/user-keys.js';
import type { OpenContext, OwnKeyPair } from '../../packages/client/src/envelope/types.js';

export const SERVICE_ID = 'msg.example';
const NOW = 1_790_000_000_000;

export interface Rotation {
  /** Without the previous signing key: the recovery flag. */
  readonly recovery?: boolean;
  readonly earlierKeysCompromised?: boolean;
}

/** A user with keys of their own, without a server. */
export class Party {
  readonly userId = freshUuid();
  readonly #seeds: UserSeeds[] = [];
  #statements: VerifiedStatement[] = [];
  #chain: KeyChain | undefined;

  constructor() {
    this.rotate();
  }

  /** Adds the next key version. */
  rotate({ recovery = false, earlierKeysCompromised = false }: Rotation = {}): this {
    const previous = this.#statements.at(-1);
    const previousSeeds = this.#seeds.at(-1);
    const seeds = generateSeeds();
    const statement = makeStatement({
      serviceId: SERVICE_ID,
      userId: this.userId,
      seeds,
      now: NOW,
      earlierKeysCompromised,
      ...(previous === undefined ? {} : { previous }),
      ...(previousSeeds === undefined || recovery ? {} : { previousSignSeed: previousSeeds.signSeed }),
    });
    this.#seeds.push(seeds);
    this.#statements = [...this.#statements, statement];
    return this;
  }

  get statements(): readonly VerifiedStatement[] {
    return this.#statements;
  }

  /** The chain, verified like by somebody who sees it for the first time. */
  get chain(): KeyChain {
    if (this.#chain?.statements.length !== this.#statements.length) {
      this.#chain = verifyChain({ serviceId: SERVICE_ID, userId: this.userId }, this.#statements);
    }
    return this.#chain;
  }

  /** Keys of a version, by default the newest. */
  keys(version = this.#statements.length): OwnKeyPair & VerifiedStatement {
    const [statement, seeds] = [this.#statements[version - 1], this.#seeds[version - 1]];
    if (statement === undefined || seeds === undefined) throw new Error(`No version ${version}`);
    return { ...statement, seeds };
  }

  /** What this user opens a message of `sender` with. */
  opening(sender: Party): OpenContext {
    const ownChain = this.chain;
    return {
      ownChain,
      ownKeys: (version) => (version <= this.#seeds.length ? this.keys(version) : undefined),
      newestOwnVersion: newestOf(ownChain).version,
      senderChain: sender === this ? ownChain : sender.chain,
    };
  }
}

export function freshUuid(): string {
  return uuidV7(NOW, randomBytes(10));
}
