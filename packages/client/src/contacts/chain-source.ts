import type { SignedStatement, SignedStatementJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/api.js';
import { signedStatementOf } from './chain-pin.js';
import { refusingKeys } from './contact-errors.js';

/** Far more than a vault has room for: nobody has so many, and a server must not make a client read for ever. */
const MAX_STATEMENTS = 10_000;

/** All statements of a user from a version on, as the server shows them: nothing of it is verified yet. */
export async function fetchStatements(api: UserApi, userId: string, from: number): Promise<readonly SignedStatement[]> {
  const statements: SignedStatementJson[] = [];
  for (let next: number | undefined = from; next !== undefined;) {
    const page = await api.keyChain(userId, next);
    statements.push(...page.statements);
    const stands = page.nextFrom !== undefined && (page.nextFrom <= next || page.statements.length === 0);
    if (stands || statements.length > MAX_STATEMENTS) {
      throw new ClientError('client.bad-answer', 'The server lists key versions without end');
    }
    next = page.nextFrom;
  }
  return refusingKeys(userId, () => statements.map(signedStatementOf));
}
