import type { KeyStatementJson, ProblemJson, SendJson } from '@sealpost/protocol';
import { type Answer, call, type TestUser } from './api.js';
import type { RunningServer } from './server.js';

/** What an answer to POST /v1/messages may carry, accepted or refused. */
export type SendAnswer = SendJson &
  ProblemJson & { readonly reason?: string; readonly statements?: readonly KeyStatementJson[] };

/** POST /v1/messages with a body that need not be one. */
export function sendMessage(server: RunningServer, user: TestUser, body: unknown): Promise<Answer<SendAnswer>> {
  return call<SendAnswer>(server, 'POST', '/v1/messages', { token: user.token, body });
}

/** The number of the newest entry that a mailbox ever had. */
export async function lastSequence(server: RunningServer, user: TestUser): Promise<number> {
  const text = 'SELECT last_sequence AS last FROM mailboxes WHERE user_id = $1';
  const [row] = await server.sql<{ last: string }>(text, [user.userId]);
  return Number(row?.last);
}
