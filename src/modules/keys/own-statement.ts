import { decodeKeyStatement, type KeyStatement, ProtocolError, type SignedStatement } from '@sealpost/protocol';
import { checkOwner } from './key-chain.js';
import { statementRefused } from './keys.errors.js';

/**
 * What a client sent as a statement of its own: decoded, and for this service and this user. Nothing else of it is
 * verified. Throws the problem of a refusal.
 * @param pointer JSON pointer to it; `/keys` by default
 */
export function readOwnStatement(
  keys: SignedStatement,
  owner: { readonly serviceId: string; readonly userId: string },
  pointer?: string,
): KeyStatement {
  let statement: KeyStatement;
  try {
    statement = decodeKeyStatement(keys.statement);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { field, reason } = error;
    throw statementRefused({ field: 'statement', member: field, reason: 'malformed', cause: reason }, pointer);
  }
  const refusal = checkOwner(statement, owner);
  if (refusal !== null) throw statementRefused(refusal, pointer);
  return statement;
}
