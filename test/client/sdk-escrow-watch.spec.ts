import { beforeAll, describe, expect, it } from '@jest/globals';
import { EscrowWarning, type AccountInfo, type Fetch } from '@sealpost/client';
import { encodeBase64Url, type AccountJson } from '@sealpost/protocol';
import { CommandLine } from '../support/command-line.js';
import { startServer, type TestServer } from '../support/index.js';
import {
  exchangeOf,
  lying,
  newDevice,
  newPerson,
  recording,
  restarted,
  writtenDown,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';
import { newEscrowHolder } from '../support/vault-key.js';

const program = await CommandLine.create();
const holder = newEscrowHolder();
const escrow = encodeBase64Url(holder.fingerprint);
const mallory = encodeBase64Url(newEscrowHolder().fingerprint);
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) } });
});

/** Somebody who has joined the escrow that the service offers. */
async function newMember(): Promise<Person> {
  const alice = await newPerson(server, 'alice');
  await alice.client.account.addEscrow({ password: alice.password, escrow });
  return alice;
}

/** A server that shows this escrow, or none. What is undefined is no member in JSON. */
const showing = (fingerprint: string | undefined): Fetch =>
  lying(/GET \/v1\/account$/, (answer: AccountJson) => ({
    ...answer,
    escrow: fingerprint === undefined ? undefined : { fingerprint, addedAt: 1 },
  }));

function seenIn({ escrow: shown, knownEscrows, escrowWarning }: AccountInfo): object {
  return { shown: shown?.fingerprint, known: knownEscrows, warning: escrowWarning?.code };
}

describe('An honest escrow', () => {
  it('what a client says of the escrow agrees with an honest server on every device, from joining to leaving', async () => {
    const alice = await newPerson(server, 'alice');
    const other = await newDevice(server, alice);
    const none = { shown: undefined, known: [], warning: undefined };
    expect(seenIn(await other.account.get())).toEqual(none);
    await alice.client.account.addEscrow({ password: alice.password, escrow });
    const joined = { shown: escrow, known: [escrow], warning: undefined };
    for (const { account } of [alice.client, other]) expect(seenIn(await account.get())).toEqual(joined);
    await other.account.rekey({ show: writtenDown, password: alice.password, escrow });
    for (const { account } of [other, await newDevice(server, alice)])
      expect(seenIn(await account.get())).toEqual(joined);
    await other.account.removeEscrow({ show: writtenDown, password: alice.password });
    for (const { account } of [other, await newDevice(server, alice)])
      expect(seenIn(await account.get())).toEqual(none);
  });

  it('what a client says of the escrow is no warning where it is not known whether the server has taken it, or where it was refused', async () => {
    const alice = await newPerson(server, 'alice');
    const refused = alice.client.account.addEscrow({ password: 'guess', escrow });
    await expect(refused).rejects.toMatchObject({ code: 'auth.proof-refused' });
    expect(seenIn(await alice.client.account.get())).toEqual({ shown: undefined, known: [escrow], warning: undefined });
    let cut = false;
    const lossy = await restarted(server, alice, {
      fetch: async (input, init) => {
        const answer = cut ? null : await fetch(input, init);
        cut ||= exchangeOf(input, init).path === '/v1/account/escrow';
        if (cut || answer === null) throw new TypeError('fetch failed: the connection was cut');
        return answer;
      },
    });
    const lost = lossy.account.addEscrow({ password: alice.password, escrow });
    await expect(lost).rejects.toMatchObject({ code: 'client.network' });
    const { account } = await restarted(server, alice);
    expect(seenIn(await account.get())).toEqual({ shown: escrow, known: [escrow], warning: undefined });
  });
});

describe('A server that hides an escrow', () => {
  it('a server that hides an escrow is found out by the device that joined it, and by one that is new', async () => {
    const alice = await newMember();
    const options = { fetch: showing(undefined) };
    for (const { account } of [await restarted(server, alice, options), await newDevice(server, alice, options)]) {
      const { escrowWarning } = await account.get();
      expect(escrowWarning).toBeInstanceOf(EscrowWarning);
      expect(escrowWarning).toMatchObject({ code: 'escrow.hidden', joined: escrow });
    }
  });

  it('a server that hides an escrow gets no new vault key without a word on the escrow, and one with it', async () => {
    const alice = await newMember();
    const seen: SeenExchange[] = [];
    const [hide, note] = [showing(undefined), recording(seen)];
    const client = await restarted(server, alice, {
      fetch: (input, init) => (exchangeOf(input, init).path === '/v1/account' ? hide(input, init) : note(input, init)),
    });
    const { password } = alice;
    await expect(client.account.rekey({ show: writtenDown, password })).rejects.toMatchObject({
      code: 'escrow.hidden',
    });
    expect(seen.map(({ path }) => path)).not.toContain('/v1/account/vault-key');
    await client.account.rekey({ show: writtenDown, password, escrow });
    expect((await client.account.get()).escrowWarning).toMatchObject({ code: 'escrow.hidden' });
    await client.account.removeEscrow({ show: writtenDown, password });
    expect(seenIn(await client.account.get())).toEqual({ shown: undefined, known: [], warning: undefined });
  });

  it('a server that hides an escrow is named by the command line, with an exit code of its own', async () => {
    const args = ['register', 'carol', '--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await program.expectDone('carol', args, 'password of carol\n');
    await program.expectDone('carol', ['escrow', 'add', escrow, '--password-stdin'], 'password of carol\n');
    await program.expectDone('carol', ['escrow']);
    await server.sql('DELETE FROM escrows WHERE user_id = (SELECT user_id FROM handles WHERE login_id = $1)', [
      'carol',
    ]);
    const { code, stderr } = await program.run('carol', ['escrow']);
    expect([code, stderr]).toEqual([5, expect.stringContaining('[escrow.hidden]')]);
  });
});

describe('A server that makes an escrow up', () => {
  it.each(['nobody', 'somebody'])(
    'a server that makes an escrow up for an account that has joined %s is found out',
    async (before) => {
      const alice = before === 'nobody' ? await newPerson(server, 'alice') : await newMember();
      const { account } = await restarted(server, alice, { fetch: showing(mallory) });
      expect((await account.get()).escrowWarning).toMatchObject({ code: 'escrow.unknown', shown: mallory });
      await expect(account.rekey({ show: writtenDown, password: alice.password })).rejects.toMatchObject({
        code: 'escrow.unknown',
      });
    },
  );
});
