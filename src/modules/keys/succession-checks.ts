import type { KeyStatement } from '@sealpost/protocol';
import { checkStatementClock } from './key-chain.js';
import * as errors from './keys.errors.js';

/**
 * The cheap checks of a statement that its owner puts on top of the present one: version, flag, vault version, clock.
 * @param vaultVersion of the vault that comes with it
 * @param now Unix milliseconds
 * @throws keys.version-conflict, keys.vault-conflict, keys.statement-refused
 */
export function checkSuccession(
  statement: KeyStatement,
  vaultVersion: number,
  current: errors.CurrentKeys,
  now: number,
): void {
  const { version } = current.head;
  if (statement.version <= version) throw errors.versionConflict(current);
  if (statement.version !== version + 1) {
    throw errors.statementRefused({ field: 'statement', member: 'version', reason: 'wrong-version' });
  }
  if (statement.recovery) {
    // Whoever holds no more than an access token must not replace keys: a reset needs a claim to the loginId.
    throw errors.statementRefused({ field: 'statement', member: 'flags', reason: 'recovery-not-allowed' });
  }
  if (vaultVersion !== current.vaultVersion + 1) throw errors.vaultConflict(current);
  const clockRefusal = checkStatementClock(statement.createdAt, now);
  if (clockRefusal !== null) throw errors.statementRefused(clockRefusal);
}
