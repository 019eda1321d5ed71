import type { SignedStatement, SignedStatementJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/api.js';
import { signedStatementOf } from './chain-pin.js';
import { ChainRefused } from './chain.js';
import { KeysRefused, refusingKeys } from './contact-errors.js';

/** More than a vault has room for. Nobody needs so many, and nobody is to keep others busy with theirs. */
const MAX_STATEMENTS = 4096;

/** All statements of a user from a version on, as the server shows them: nothing of it is verified yet. */
export async function fetchStatements(api: UserApi, userId: string, from: number): Promise<readonly SignedStatement[]> {
  const statements: SignedStatementJson[] = [];
  for (let next: number | undefined = from; next !== undefined;) {
    const page = await api.keyChain(userId, next);
    statements.push(...page.statements);
    if (statements.length > MAX_STATEMENTS) throw new KeysRefused(userId, new ChainRefused('incomplete', userId));
    if (page.nextFrom !== undefined && (page.nextFrom <= next || page.statements.length === 0)) {
      throw new ClientError('client.bad-answer', 'The server lists key versions without end');
    }
    next = page.nextFrom;
  }
  return refusingKeys(userId, () => statements.map(signedStatementOf));
}
