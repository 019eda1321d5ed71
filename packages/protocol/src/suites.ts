/** Message suites of sections 8 and 9. */
export const MESSAGE_SUITES = ['sealpost-v1', 'box', 'sealed-box'] as const;
export type MessageSuite = (typeof MESSAGE_SUITES)[number];

/** Argon2id v1.3 parameters of a password suite (section 2); parallelism is 1 in both. */
export interface PasswordSuite {
  readonly memoryBytes: number;
  readonly iterations: number;
}

/** A client stops at a number that is not in this table, before it computes anything. */
export const PASSWORD_SUITES: ReadonlyMap<number, PasswordSuite> = new Map([
  [1, { memoryBytes: 64 * 1024 * 1024, iterations: 3 }],
  [2, { memoryBytes: 256 * 1024 * 1024, iterations: 4 }],
]);
