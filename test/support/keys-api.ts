import { expect } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import type { KeyStatementJson, ProblemJson, RotateJson } from '@sealpost/protocol';
import { type Answer, call, type TestUser } from './api.js';
import { signedStatement, type TestIdentity } from './identity.js';
import type { RunningServer } from './server.js';

/** What the problems of the keys module carry beside the members of every problem. */
export type KeysProblemJson = ProblemJson & {
  readonly reason?: string;
  readonly member?: string;
  readonly cause?: string;
  readonly head?: KeyStatementJson;
  readonly vaultVersion?: number;
};

/** POST /v1/keys with a body that need not be one. */
export function rotateKeys(
  server: RunningServer,
  user: TestUser,
  body: unknown,
): Promise<Answer<RotateJson & KeysProblemJson>> {
  return call<RotateJson & KeysProblemJson>(server, 'POST', '/v1/keys', { token: user.token, body });
}

/** POST /v1/keys/republish with a body that need not be one. */
export function republishKeys(
  server: RunningServer,
  user: TestUser,
  body: unknown,
): Promise<Answer<RotateJson & KeysProblemJson>> {
  return call<RotateJson & KeysProblemJson>(server, 'POST', '/v1/keys/republish', { token: user.token, body });
}

/** What the API says of a version, made from what the user's client knows; the newest one by default. */
export function statementJson(identity: TestIdentity, version = identity.generations.length): KeyStatementJson {
  const generation = identity.generations[version - 1];
  if (generation === undefined) throw new Error(`There is no version ${version}`);
  const { statement, keysHash } = generation;
  return {
    ...signedStatement(generation),
    keysHash: encodeBase64Url(keysHash),
    userId: identity.userId,
    version,
    createdAt: statement.createdAt,
    recovery: statement.recovery,
    earlierKeysCompromised: statement.earlierKeysCompromised,
    previousKeysHash: encodeBase64Url(statement.previousKeysHash),
    signingPublicKey: encodeBase64Url(statement.signingPublicKey),
    boxPublicKey: encodeBase64Url(statement.boxPublicKey),
    kemPublicKey: encodeBase64Url(statement.kemPublicKey),
  };
}

/** Expects the problem with this code. */
export function expectProblem(answer: Answer<unknown>, status: number, code: string): ProblemJson {
  const problem = answer.body as ProblemJson;
  expect([answer.status, problem.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return problem;
}

/** Everything that the database holds of the keys of these users, or of anybody's where none is named. */
export async function keysSnapshot(server: RunningServer, ...users: readonly { userId: string }[]): Promise<unknown> {
  const tables = ['handles', 'key_statements', 'key_heads', 'vaults'];
  const isMeant = users.length === 0 ? 'cardinality($1::uuid[]) = 0' : 'user_id = ANY($1::uuid[])';
  const columns = tables.map(
    (name) => `(SELECT jsonb_agg(t ORDER BY t::text) FROM ${name} t WHERE ${isMeant}) AS ${name}`,
  );
  return server.sql(`SELECT ${columns.join(', ')}`, [users.map(({ userId }) => userId)]);
}
