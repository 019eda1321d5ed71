import { createHash } from 'node:crypto';
import {
  encodeBase64Url,
  encodeChallengeFields,
  encodePutStateFields,
  requireBase64Url,
  SIGNING_PROOF_HEADER,
  signingProofBytes,
} from '@sealpost/protocol';
import type { CancelResetsRequestJson, PutStateRequestJson, SigningAction } from '@sealpost/protocol';
import { call, challengeFor } from './api.js';
import type { Answer, CallOptions, TestUser } from './api.js';
import { newest } from './identity.js';

interface Service {
  readonly url: string;
}

type Owner = Pick<TestUser, 'identity' | 'userId' | 'loginId' | 'token'>;

/** By the newest signing key of the user. */
function signed({ identity, userId }: Owner, action: SigningAction, fields: Uint8Array): string {
  const bytes = signingProofBytes({ action, serviceId: identity.serviceId, userId, fields });
  return encodeBase64Url(newest(identity).signingKey.sign(bytes));
}

/** What the newest signing key of the user proves by a challenge, or by a fresh one. */
export async function cancelRequest(server: Service, user: TestUser, given?: string): Promise<CancelResetsRequestJson> {
  const challenge = given ?? (await challengeFor(server, user.loginId)).challenge;
  const fields = encodeChallengeFields(requireBase64Url(challenge, 'challenge'));
  return { challenge, proof: signed(user, 'cancel-resets', fields) };
}

/** POST /v1/account/resets/cancel as a signed-in device does it. */
export async function cancelResets<Body>(server: Service, user: TestUser): Promise<Answer<Body>> {
  const body = await cancelRequest(server, user);
  return call<Body>(server, 'POST', '/v1/account/resets/cancel', { token: user.token, body });
}

/** What the header Sealpost-Proof says of an action that is about a session or a user. */
export async function proofOf(server: Service, user: Owner, action: SigningAction, subject: string): Promise<string> {
  const { challenge } = await challengeFor(server, user.loginId);
  const fields = encodeChallengeFields(requireBase64Url(challenge, 'challenge'), subject);
  return `${challenge}.${signed(user, action, fields)}`;
}

/** The proof of a state that is to be stored. */
export function stateProofOf(user: Owner, { state, stateVersion, previousHash }: PutStateRequestJson): string {
  const stateHash = createHash('sha256').update(requireBase64Url(state, 'state')).digest();
  const previous = requireBase64Url(previousHash, 'previousHash');
  return signed(user, 'put-state', encodePutStateFields({ stateVersion, previousHash: previous, stateHash }));
}

const ACTIONS: readonly (readonly [route: RegExp, action: SigningAction])[] = [
  [/^DELETE \/v1\/account\/sessions\//, 'end-session'],
  [/^PUT \/v1\/blocks\//, 'block'],
  [/^DELETE \/v1\/blocks\//, 'unblock'],
];

/** A request of a session without a key, with the proof that it needs for what outlives its token. */
export async function callAsOwner<Body = unknown>(
  server: Service,
  user: Owner,
  method: string,
  path: string,
  options: Omit<CallOptions, 'headers'> = {},
): Promise<Answer<Body>> {
  const [, action] = ACTIONS.find(([route]) => route.test(`${method} ${path}`)) ?? [];
  const proof =
    action === undefined
      ? stateProofOf(user, options.body as PutStateRequestJson)
      : await proofOf(server, user, action, path.slice(path.lastIndexOf('/') + 1));
  return call<Body>(server, method, path, {
    token: user.token,
    ...options,
    headers: { [SIGNING_PROOF_HEADER]: proof },
  });
}
