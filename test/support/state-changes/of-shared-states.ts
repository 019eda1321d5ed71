import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64Url } from '@sealpost/protocol';
import type { PutStateRequestJson } from '@sealpost/protocol';
import { registerUser, type TestUser } from '../api.js';
import type { TestServer } from '../server.js';
import { callAsOwner } from '../signing-proof.js';
import { type Act, byNewUser, type Stage, type StateChange } from './state-change.js';

/** Bytes of the form of a sealed state, the first one of its account or the one that follows. */
function stateRequest(
  stateVersion: number,
  previous?: Uint8Array,
): { readonly state: Uint8Array; readonly body: PutStateRequestJson } {
  const state = Uint8Array.of(1, ...randomBytes(100));
  const hash = previous === undefined ? new Uint8Array(32) : createHash('sha256').update(previous).digest();
  const [text, previousHash] = [encodeBase64Url(state), encodeBase64Url(new Uint8Array(hash))];
  return { state, body: { state: text, stateVersion, previousHash } };
}

/** @returns what is stored now */
export async function putState(server: TestServer, user: TestUser): Promise<Uint8Array> {
  const { state, body } = stateRequest(1);
  const { status, text } = await callAsOwner(server, user, 'PUT', '/v1/state', { body });
  if (status !== 200) throw new Error(`No state was stored: ${status} ${text}`);
  return state;
}

export const SHARED_STATE_CHANGES: readonly StateChange[] = [
  {
    route: 'put /v1/state',
    variant: 'for the first time',
    tables: ['shared_states'],
    prepare: byNewUser(({ server }, user) =>
      callAsOwner(server, user, 'PUT', '/v1/state', { body: stateRequest(1).body }),
    ),
  },
  {
    route: 'put /v1/state',
    variant: 'again',
    tables: ['shared_states'],
    prepare: async ({ server }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      const { body } = stateRequest(2, await putState(server, user));
      return () => callAsOwner(server, user, 'PUT', '/v1/state', { body });
    },
  },
];
