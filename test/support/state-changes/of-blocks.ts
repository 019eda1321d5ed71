import { registerUser } from '../api.js';
import { callAsOwner } from '../signing-proof.js';
import type { Act, Stage, StateChange } from './state-change.js';

export const BLOCK_CHANGES: readonly StateChange[] = [
  {
    route: 'put /v1/blocks/{userId}',
    tables: ['used_challenges', 'blocks'],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const [user, { userId }] = [await registerUser(server), await registerUser(server)];
      return () => callAsOwner(server, user, 'PUT', `/v1/blocks/${userId}`);
    },
  },
  {
    route: 'delete /v1/blocks/{userId}',
    tables: ['used_challenges', 'blocks'],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const [user, { userId }] = [await registerUser(server), await registerUser(server)];
      const path = `/v1/blocks/${userId}`;
      await callAsOwner(server, user, 'PUT', path);
      return () => callAsOwner(server, user, 'DELETE', path);
    },
  },
];
