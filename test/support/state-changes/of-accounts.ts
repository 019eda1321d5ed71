import { changePassword, eraseAccount, openRecovery, recover, replaceRecoveryKey } from '../account-api.js';
import { logIn, registerUser, type TestUser } from '../api.js';
import { exportAccount } from '../export-api.js';
import { freshUuid, republishRequest, rotateRequest } from '../identity.js';
import { republishKeys, rotateKeys } from '../keys-api.js';
import { claimReset, openReset, resetKeys } from '../resets.js';
import { cancelResets } from '../signing-proof.js';
import { addEscrow, rekey } from '../vault-key.js';
import { putState } from './of-shared-states.js';
import { type Act, byNewUser, type Stage, type StateChange } from './state-change.js';

async function inEscrow({ server, holder }: Stage): Promise<TestUser> {
  const user = await registerUser(server);
  const { status, text } = await addEscrow(server, user, holder);
  if (status !== 200) throw new Error(text);
  return user;
}

const CREDENTIAL_TABLES = ['used_challenges', 'accounts', 'handles', 'sessions', 'account_histories', 'account_events'];

export const ACCOUNT_CHANGES: readonly StateChange[] = [
  {
    route: 'post /v1/account/password',
    tables: CREDENTIAL_TABLES,
    prepare: async ({ server }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      await logIn(server, user.identity);
      return async () => (await changePassword(server, user, { newLoginId: `moved-${freshUuid()}` })).answer;
    },
  },
  {
    route: 'post /v1/auth/recovery/open',
    tables: ['used_challenges', 'account_histories', 'account_events'],
    prepare: byNewUser(({ server }, { identity }) => openRecovery(server, identity)),
  },
  {
    route: 'post /v1/auth/recovery',
    tables: ['used_challenges', 'accounts', 'sessions', 'account_histories', 'account_events'],
    prepare: byNewUser(async ({ server }, { identity }) => (await recover(server, identity)).answer),
  },
  {
    route: 'put /v1/account/recovery-key',
    tables: ['used_challenges', 'accounts', 'account_histories', 'account_events'],
    prepare: byNewUser(async ({ server }, user) => (await replaceRecoveryKey(server, user)).answer),
  },
  {
    route: 'post /v1/account/vault-key',
    tables: [
      'used_challenges',
      'key_statements',
      'key_heads',
      'vaults',
      'handles',
      'shared_states',
      'escrows',
      'accounts',
      'sessions',
      'account_histories',
      'account_events',
    ],
    prepare: async (stage: Stage): Promise<Act> => {
      const user = await registerUser(stage.server);
      await putState(stage.server, user);
      return async () => (await rekey(stage.server, user, { escrow: stage.holder })).answer;
    },
  },
  {
    route: 'post /v1/account/vault-key',
    variant: 'that leaves the escrow',
    tables: [
      'used_challenges',
      'key_statements',
      'key_heads',
      'vaults',
      'handles',
      'escrows',
      'accounts',
      'sessions',
      'account_histories',
      'account_events',
    ],
    prepare: async (stage: Stage): Promise<Act> => {
      const user = await inEscrow(stage);
      return async () => (await rekey(stage.server, user, { credentialVersion: 2 })).answer;
    },
  },
  {
    route: 'put /v1/account/escrow',
    tables: ['used_challenges', 'escrows', 'accounts', 'account_histories', 'account_events'],
    prepare: byNewUser(({ server, holder }, user) => addEscrow(server, user, holder)),
  },
  {
    route: 'post /v1/auth/reset',
    variant: 'of an account in escrow',
    tables: [
      'used_challenges',
      'reset_claims',
      'handles',
      'key_statements',
      'key_heads',
      'vaults',
      'shared_states',
      'accounts',
      'sessions',
      'escrows',
      'account_histories',
      'account_events',
    ],
    prepare: async (stage: Stage): Promise<Act> => {
      const { server, mail } = stage;
      const user = await inEscrow(stage);
      await putState(server, user);
      await claimReset(server, user.loginId);
      const token = await mail.tokenFor(user.loginId);
      return async () => (await resetKeys(server, user.identity, token)).answer;
    },
  },
  {
    route: 'post /v1/auth/reset/open',
    tables: [],
    prepare: async ({ server, mail }: Stage): Promise<Act> => {
      const { loginId } = await registerUser(server);
      await claimReset(server, loginId);
      const token = await mail.tokenFor(loginId);
      return () => openReset(server, loginId, token);
    },
  },
  {
    route: 'post /v1/account/resets/cancel',
    tables: ['used_challenges', 'reset_claims', 'account_histories', 'account_events'],
    prepare: async ({ server, mail }: Stage): Promise<Act> => {
      const user = await registerUser(server);
      await claimReset(server, user.loginId);
      await mail.tokenFor(user.loginId);
      return () => cancelResets(server, user);
    },
  },
  {
    route: 'post /v1/account/erasure',
    tables: [
      'used_challenges',
      'handles',
      'vaults',
      'sessions',
      'erased_sessions',
      'mailboxes',
      'erased_mailboxes',
      'accounts',
      'account_histories',
      'account_events',
    ],
    prepare: byNewUser(({ server }, user) => eraseAccount(server, user)),
  },
  {
    route: 'get /v1/account/export',
    tables: ['account_histories', 'account_events'],
    prepare: byNewUser(({ server }, { token }) => exportAccount(server, token)),
  },
  {
    route: 'post /v1/keys',
    tables: ['key_statements', 'key_heads', 'vaults', 'account_histories', 'account_events'],
    prepare: byNewUser(({ server }, user) => rotateKeys(server, user, rotateRequest(user.identity).request)),
  },
  {
    route: 'post /v1/keys/republish',
    tables: ['key_statements', 'key_heads', 'vaults', 'handles', 'account_histories', 'account_events'],
    prepare: byNewUser(({ server }, user) => {
      const held = rotateRequest(rotateRequest(user.identity).rotated).rotated;
      return republishKeys(server, user, republishRequest(held, 2));
    }),
  },
];
