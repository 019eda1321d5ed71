import { beforeAll, describe, expect, it } from '@jest/globals';
import { RecoveredKeysWarning, ReboundLoginIdWarning } from '@sealpost/client';
import {
  decodeBase64Url,
  encodeBase64Url,
  type KeyChainJson,
  type KeyStatementJson,
  type LoginJson,
  type UserJson,
  type VaultJson,
} from '@sealpost/protocol';
import { signedStatementJson } from '../../packages/client/src/trust/chain-pin.js';
import { newestOf, type KeyChain } from '../../packages/client/src/trust/chain.js';
import { generateSeeds, makeStatement, signHandle } from '../../packages/client/src/crypto/user-keys.js';
import { openOwnVault } from '../../packages/client/src/keys/vault-box.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  newPeople,
  pinnedChain,
  flipLast,
  lying,
  newDevice,
  readInbox,
  readMessages,
  restarted,
  type Person,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const people = (...names: string[]): Promise<Person[]> => newPeople(server, names);

describe('A server that changes keys', () => {
  it('a server that changes keys cannot give a known user other keys', async () => {
    const [alice, bob, mallory] = (await people('alice', 'bob', 'mallory')) as [Person, Person, Person];
    const swapped = await readUser(mallory);
    const fetch = lying(/GET \/v1\/users/, (answer: UserJson, { path }) =>
      path.includes('/keys?') ? { items: [swapped.keys] } : { ...answer, keys: swapped.keys },
    );
    const again = await restarted(server, alice, { fetch });
    await expect(again.send(bob.loginId, 'Hello')).rejects.toMatchObject({ code: 'client.bad-answer' });
  });

  it('a server that changes keys cannot let somebody take a loginId over unnoticed', async () => {
    const [alice, bob, mallory] = (await people('alice', 'bob', 'mallory')) as [Person, Person, Person];
    await alice.client.send(bob.loginId, 'Hello');
    const user = await readUser(mallory);
    const unsigned = lying(/GET \/v1\/users\?/, () => ({ ...user, loginId: bob.loginId }));
    await expect((await restarted(server, alice, { fetch: unsigned })).contacts.get(bob.loginId)).rejects.toMatchObject(
      {
        code: 'contact.wrong-handle',
      },
    );
    const handleSignature = await claimLoginId(mallory, bob.loginId);
    const signed = lying(/GET \/v1\/users\?/, () => ({ ...user, loginId: bob.loginId, handleSignature }));
    const again = await restarted(server, alice, { fetch: signed });
    const warning = await again.contacts.get(bob.loginId).catch((error: unknown) => error);
    expect(warning).toMatchObject({
      code: 'contact.login-id-rebound',
      pinnedUserId: bob.client.userId,
      userId: mallory.client.userId,
    });
    // Until that is accepted, messages go to the Bob that Alice knows.
    const recipients = async (): Promise<string[]> =>
      (await again.send(bob.loginId, 'To whom?')).deliveries.map(({ userId }) => userId);
    expect(await recipients()).toContain(bob.client.userId);
    if (!(warning instanceof ReboundLoginIdWarning)) throw new Error('not a warning');
    await again.contacts.accept(warning);
    expect(await recipients()).toContain(mallory.client.userId);
  });

  it('a server that changes keys cannot go back to older keys, nor show others for a version that was seen', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await bob.client.keys.rotate();
    await alice.client.send(bob.loginId, 'To version 2');
    const chain = await pinnedChain(alice, bob.client.userId);
    const first = signedStatementJson(chain.statements[0]!);
    const rolledBack = lying(/\/keys\?after=1&/, (answer: KeyChainJson) => ({
      items: [{ ...answer.items[0], ...first }],
    }));
    await expect(
      (await restarted(server, alice, { fetch: rolledBack })).contacts.get(bob.client.userId),
    ).rejects.toMatchObject({ code: 'contact.rollback' });
    const forged = forgeRecovery(chain, 1);
    const forked = lying(/\/keys\?after=1&/, (answer: KeyChainJson) => ({
      items: [{ ...answer.items[0], ...forged }],
    }));
    await expect(
      (await restarted(server, alice, { fetch: forked })).contacts.get(bob.client.userId),
    ).rejects.toMatchObject({ code: 'contact.fork' });
  });

  it('a server that changes keys cannot replace lost keys without a warning that blocks sending and reading', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'Hello');
    const number = await alice.client.contacts.safetyNumber(bob.loginId);
    expect(await alice.client.contacts.verify(bob.loginId, number)).toMatchObject({ verified: true });
    await bob.client.send(alice.loginId, 'Hello back');
    const chain = await pinnedChain(alice, bob.client.userId);
    const forged = forgeRecovery(chain, 1);
    const fetch = lying(new RegExp(`/v1/users/${bob.client.userId}/keys`), (answer: KeyChainJson) => ({
      items: [answer.items[0], { ...answer.items[0], ...forged }],
    }));
    const again = await restarted(server, alice, { fetch });
    const { warning, verified } = await again.contacts.get(bob.loginId);
    expect(warning).toMatchObject({ code: 'contact.keys-recovered', version: 2 });
    expect(verified).toBe(false);
    await expect(again.send(bob.loginId, 'Secret')).rejects.toMatchObject({ code: 'contact.keys-recovered' });
    const [, refused] = await readInbox(again);
    expect(refused).toMatchObject({ kind: 'refused', error: { code: 'contact.keys-recovered' } });
    expect(await again.contacts.safetyNumber(bob.loginId)).not.toBe(number);
    // After the two have talked, the message that was held back can be read.
    if (!(warning instanceof RecoveredKeysWarning)) throw new Error('not a warning');
    await again.contacts.accept(warning);
    const [held] = await readMessages(again, { after: (refused?.sequence ?? 0) - 1 });
    expect(held).toMatchObject({ text: 'Hello back', sender: { verified: false } });
  });
});

describe('The user’s own vault', () => {
  it('a server that changes what belongs to the user alone cannot show an older vault', async () => {
    const [alice] = (await people('alice')) as [Person];
    const old = JSON.parse((await alice.storage.get('session')) ?? '{}') as VaultJson;
    await alice.client.keys.rotate();
    const { vault, vaultVersion, keyVersion } = old;
    const fetch = lying(/GET \/v1\/vault/, () => ({ vault, vaultVersion, keyVersion }));
    await expect((await restarted(server, alice, { fetch })).keys.list()).rejects.toMatchObject({
      code: 'vault.rollback',
    });
  });

  it('a server that changes what belongs to the user alone cannot give a new device an older vault, or one of its own', async () => {
    const [alice, mallory] = (await people('alice', 'mallory')) as [Person, Person];
    const old = JSON.parse((await alice.storage.get('session')) ?? '{}') as VaultJson;
    await alice.client.keys.rotate();
    const { vault, vaultVersion, keyVersion } = old;
    const logIn = (change: (answer: LoginJson) => unknown): Promise<unknown> =>
      newDevice(server, alice, { fetch: lying(/auth\/login|\/v1\/vault/, change) });
    await expect(logIn((answer) => ({ ...answer, vault, vaultVersion, keyVersion }))).rejects.toMatchObject({
      code: 'vault.rollback',
    });
    await expect(logIn((answer) => ({ ...answer, vault: flipLast(answer.vault) }))).rejects.toMatchObject({
      code: 'vault.refused',
    });
    await expect(
      logIn((answer) => ({ ...answer, passwordUnlock: flipLast(answer.passwordUnlock) })),
    ).rejects.toMatchObject({ code: 'vault.unlock-refused' });
    await expect(logIn((answer) => ({ ...answer, userId: mallory.client.userId }))).rejects.toMatchObject({
      code: 'vault.unlock-refused',
    });
  });
});

async function readUser(person: Person): Promise<UserJson> {
  let seen: UserJson | undefined;
  const fetch = lying(/GET \/v1\/users\?/, (answer: UserJson) => (seen = answer));
  await (await restarted(server, person, { fetch })).contacts.get(person.loginId);
  if (seen === undefined) throw new Error('no look-up was made');
  return seen;
}

/** What a server can do whose friend Mallory is. */
async function claimLoginId(mallory: Person, loginId: string): Promise<string> {
  const session = JSON.parse((await mallory.storage.get('session')) ?? '{}') as VaultJson & { vaultKey: string };
  const chain = await pinnedChain(mallory, mallory.client.userId);
  const { content } = openOwnVault(decodeBase64Url(session.vaultKey)!, session, chain, 1);
  const handle = { serviceId: server.serviceId, loginId, userId: mallory.client.userId, version: 1 };
  return encodeBase64Url(signHandle(handle, content.keys[0]!.signSeed));
}

/** A next version made by somebody who does not hold the user's keys. */
function forgeRecovery(chain: KeyChain, after: number): Pick<KeyStatementJson, 'statement' | 'signature'> {
  const previous = chain.statements[after - 1] ?? newestOf(chain);
  const { serviceId, userId } = chain;
  const forged = makeStatement({ serviceId, userId, seeds: generateSeeds(), previous, now: Date.now() });
  return signedStatementJson(forged);
}
