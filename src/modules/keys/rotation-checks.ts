import type { KeyStatement } from '@sealpost/protocol';
import { checkStatementClock, checkVaultForm } from './key-chain.js';
import * as errors from './keys.errors.js';

/** What a new version has to stand on. `recovery`: whether it must have the recovery flag, or must not. */
interface Expected {
  readonly current: errors.CurrentKeys;
  readonly recovery: boolean;
}

/**
 * The cheap checks of a statement that is to come on top of the present one: version, flag, vault version, clock.
 * @param vaultVersion of the vault that comes with it
 * @param now Unix milliseconds
 * @throws keys.version-conflict, keys.vault-conflict, keys.statement-refused
 */
export function checkRotation(
  statement: KeyStatement,
  vaultVersion: number,
  { current, recovery }: Expected,
  now: number,
): void {
  const { version, createdAt } = current.head;
  if (statement.version <= version) throw errors.versionConflict(current);
  if (statement.version !== version + 1) {
    throw errors.statementRefused({ field: 'statement', member: 'version', reason: 'wrong-version' });
  }
  if (statement.recovery !== recovery) {
    // Whoever holds no more than an access token must not replace keys: a reset needs a claim to the loginId.
    const reason = recovery ? 'recovery-required' : 'recovery-not-allowed';
    throw errors.statementRefused({ field: 'statement', member: 'flags', reason });
  }
  if (vaultVersion !== current.vaultVersion + 1) throw errors.vaultConflict(current);
  const clockRefusal = checkStatementClock(statement.createdAt, now, createdAt);
  if (clockRefusal !== null) throw errors.statementRefused(clockRefusal);
}

/** @throws keys.vault-refused */
export function requireVaultForm(vault: Uint8Array): void {
  const refusal = checkVaultForm(vault);
  if (refusal !== null) throw errors.vaultRefused(refusal);
}
