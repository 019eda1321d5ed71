import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, ReboundLoginIdWarning, Sealpost } from '@sealpost/client';
import { CommandLine } from '../support/command-line.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import { losing, newDevice, newPeople, newPerson, readTexts, restarted } from '../support/sdk.js';

let server: RunningServer;
const program = await CommandLine.create();

beforeAll(async () => {
  server = await sharedServer();
});

describe('An erased account', () => {
  it('Alice erases her account and Bob keeps and verifies what she wrote, also on a new device, but reaches her no more', async () => {
    const [alice, bob] = await newPeople(server, ['alice', 'bob']);
    await alice!.client.send(bob!.loginId, 'Keep this');
    await bob!.client.send(alice!.loginId, 'I will');
    expect(await readTexts(alice!.client)).toEqual(['Keep this', 'I will']);
    await alice!.client.account.erase({ password: alice!.password });
    expect(await alice!.storage.reopen().keys('')).toEqual([]);
    await expect(restarted(server, alice!)).rejects.toMatchObject({ code: 'client.no-account' });

    expect(await readTexts(bob!.client)).toEqual(['Keep this', 'I will']);
    expect(await readTexts(await newDevice(server, bob!))).toEqual(['Keep this', 'I will']);
    await expect(bob!.client.send({ userId: alice!.client.userId }, 'Are you there?')).rejects.toMatchObject({
      code: 'messages.recipient-erased',
    });
  });

  it('Alice erases her account and whoever takes her loginId is not taken for her', async () => {
    const [alice, bob] = await newPeople(server, ['alice', 'bob']);
    await bob!.client.send(alice!.loginId, 'For Alice');
    const { loginId, password } = alice!;
    await alice!.client.account.erase({ password });
    const service = { url: server.url, serviceId: server.serviceId };
    const mallory = await Sealpost.register({
      service,
      storage: new MemoryStorage(),
      loginId,
      password: 'quite another passphrase',
    });
    // What Bob sends goes to the user whom he knows, and to nobody else.
    await expect(bob!.client.send(loginId, 'For Alice only')).rejects.toMatchObject({
      code: 'messages.recipient-erased',
    });
    const warning: unknown = await bob!.client.contacts.get(loginId).catch((error: unknown) => error);
    if (!(warning instanceof ReboundLoginIdWarning)) throw new Error('There was no warning');
    expect(warning).toMatchObject({ loginId, userId: mallory.client.userId, pinnedUserId: alice!.client.userId });
    expect(await readTexts(mallory.client)).toEqual([]);
    await bob!.client.contacts.accept(warning);
    await bob!.client.send(loginId, 'For whoever has it now');
    expect(await readTexts(mallory.client)).toEqual(['For whoever has it now']);
  });

  it('an erasure with a wrong password does nothing', async () => {
    const alice = await newPerson(server, 'alice');
    const before = await alice.storage.keys('');
    await expect(alice.client.account.erase({ password: 'not hers' })).rejects.toMatchObject({
      code: 'auth.proof-refused',
    });
    expect(await alice.storage.keys('')).toEqual(before);
    expect((await alice.client.account.get()).userId).toBe(alice.client.userId);
  });

  it('Alice erases her account and is told so where the first answer was lost', async () => {
    const alice = await newPerson(server, 'alice', { fetch: losing(/^POST \/v1\/account\/erasure$/, 1) });
    await alice.client.account.erase({ password: alice.password });
    expect(await alice.storage.reopen().keys('')).toEqual([]);
    await expect(newDevice(server, alice)).rejects.toMatchObject({ code: 'auth.login-refused' });
  });
});

describe('sealpost erase', () => {
  it('sealpost erase wants the loginId typed, and erases account and profile', async () => {
    const service = ['--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await program.expectDone('carol', ['register', 'carol-erases', ...service], 'a password of quite nobody\n');
    const wrong = await program.run(
      'carol',
      ['account', 'erase', '--login-id', 'somebody', '--password-stdin'],
      'a password of quite nobody\n',
    );
    expect(wrong.code).toBe(2);
    const done = ['account', 'erase', '--login-id', 'carol-erases', '--password-stdin'];
    expect(await program.expectDone('carol', done, 'a password of quite nobody\n')).toContain('carol-erases is erased');
    expect((await program.run('carol', ['keys'])).code).not.toBe(0);
    const login = await program.run('carol', ['login', 'carol-erases', ...service], 'a password of quite nobody\n');
    expect(login.code).toBe(3);
  });
});
