import type { SendBatchJson } from '@sealpost/protocol';
import { call, expectOk, registerUser, type TestUser } from '../api.js';
import { unreadableMessage } from '../messages.js';
import { sendMessage } from '../messages-api.js';
import type { TestServer } from '../server.js';
import { type Act, byNewUser, type Stage, type StateChange } from './state-change.js';

const noteToSelf = ({ identity }: TestUser) => unreadableMessage(identity, [identity]);

/** Somebody with one message. */
async function withMessage(server: TestServer): Promise<{ readonly user: TestUser; readonly id: string }> {
  const user = await registerUser(server);
  const body = noteToSelf(user);
  await expectOk(server, 'POST', '/v1/messages', { token: user.token, body });
  return { user, id: body.id };
}

const DELIVERY_TABLES = ['messages', 'mailboxes', 'mailbox_entries'];

export const MESSAGE_CHANGES: readonly StateChange[] = [
  {
    route: 'post /v1/messages',
    tables: DELIVERY_TABLES,
    single: true,
    alone: true,
    prepare: async ({ server }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      const body = noteToSelf(user);
      return () => sendMessage(server, user, body);
    },
  },
  {
    route: 'post /v1/messages/batch',
    tables: DELIVERY_TABLES,
    single: true,
    alone: true,
    prepare: async ({ server }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      const options = { token: user.token, body: { messages: [noteToSelf(user), noteToSelf(user)] } };
      return async () => {
        const { status, body } = await call<SendBatchJson>(server, 'POST', '/v1/messages/batch', options);
        return { status: status === 200 ? Math.max(...body.results.map((result) => result.status)) : status };
      };
    },
  },
  {
    route: 'post /v1/messages/ack',
    tables: ['mailboxes'],
    single: true,
    prepare: async ({ server }: Stage): Promise<Act> => {
      const { token } = (await withMessage(server)).user;
      return () => call(server, 'POST', '/v1/messages/ack', { token, body: { upTo: 1 } });
    },
  },
  {
    route: 'delete /v1/messages/{id}',
    tables: ['mailbox_entries', 'messages', 'mailboxes'],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const { user, id } = await withMessage(server);
      return () => call(server, 'DELETE', `/v1/messages/${id}`, { token: user.token });
    },
  },
  {
    route: 'post /v1/keys/query',
    tables: [],
    prepare: byNewUser(({ server }, { token, userId }) =>
      call(server, 'POST', '/v1/keys/query', { token, body: { userIds: [userId] } }),
    ),
  },
  {
    route: 'post /v1/keys/senders',
    tables: [],
    prepare: byNewUser(({ server }, { token }) =>
      call(server, 'POST', '/v1/keys/senders', { token, body: { sequences: [1] } }),
    ),
  },
];
