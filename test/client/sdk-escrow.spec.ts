import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, type EscrowExportJson, type ServiceJson } from '@sealpost/protocol';
import { openEscrowExport } from '@sealpost/client';
import { startServer, type TestServer } from '../support/index.js';
import { flipLast, losing, lying, newPerson, recording, restarted, writtenDown } from '../support/sdk.js';
import type { Person, SeenExchange } from '../support/sdk.js';
import { newEscrowHolder } from '../support/vault-key.js';

const holder = newEscrowHolder();
const fingerprint = encodeBase64Url(holder.fingerprint);
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) } });
});

/** What the server could hand to the holder, were it not for the fields that a row has no columns for. */
async function exportOf({ client }: Person): Promise<EscrowExportJson> {
  const [row] = await server.sql<{
    fingerprint: Buffer;
    unlock: Buffer;
    vault: Buffer;
    vault_version: number;
    key_version: number;
  }>(
    `SELECT e.fingerprint, e.unlock, v.vault, v.vault_version, v.key_version
       FROM escrows e JOIN vaults v USING (user_id) WHERE user_id = $1`,
    [client.userId],
  );
  const rows = await server.sql<{ statement: Buffer; signature: Buffer; previous_signature: Buffer | null }>(
    'SELECT statement, signature, previous_signature FROM key_statements WHERE user_id = $1 ORDER BY version',
    [client.userId],
  );
  const [handle] = await server.sql<{ handle_signature: Buffer; key_version: number }>(
    'SELECT handle_signature, key_version FROM handles WHERE user_id = $1',
    [client.userId],
  );
  return {
    format: 'sealpost-escrow-export/1',
    serviceId: server.serviceId,
    userId: client.userId,
    loginId: client.loginId,
    escrow: { fingerprint: row!.fingerprint.toString('base64url'), unlock: row!.unlock.toString('base64url') },
    vault: row!.vault.toString('base64url'),
    vaultVersion: row!.vault_version,
    keyVersion: row!.key_version,
    handleSignature: handle!.handle_signature.toString('base64url'),
    handleKeyVersion: handle!.key_version,
    statements: rows.map(({ statement, signature, previous_signature: previous }) => ({
      statement: statement.toString('base64url'),
      signature: signature.toString('base64url'),
      ...(previous === null ? {} : { previousSignature: previous.toString('base64url') }),
    })),
  };
}

async function vaultKeyIn({ storage }: Person): Promise<string> {
  return (JSON.parse((await storage.get('session')) ?? '{}') as { vaultKey: string }).vaultKey;
}

async function holdersKeyOf(person: Person): Promise<string> {
  return encodeBase64Url((await openEscrowExport(await exportOf(person), holder.seed)).vaultKey);
}

describe('An escrow', () => {
  it('an escrow is joined with the fingerprint that the application knows, is seen, and opens for its holder', async () => {
    const alice = await newPerson(server, 'alice');
    expect((await alice.client.account.get()).escrow).toBeUndefined();
    await alice.client.account.addEscrow({ password: alice.password, escrow: fingerprint });
    expect((await alice.client.account.get()).escrow).toMatchObject({ fingerprint });
    await alice.client.keys.rotate();
    const opened = await openEscrowExport(await exportOf(alice), holder.seed);
    expect(encodeBase64Url(opened.vaultKey)).toBe(await vaultKeyIn(alice));
    expect(opened.keys.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('an escrow goes on through a new vault key where the fingerprint is given again, and is never left by accident', async () => {
    const alice = await newPerson(server, 'alice');
    const { account } = alice.client;
    await account.addEscrow({ password: alice.password, escrow: fingerprint });
    await expect(account.rekey({ show: writtenDown, password: alice.password })).rejects.toMatchObject({
      code: 'escrow.fingerprint-missing',
    });
    await account.rekey({ show: writtenDown, password: alice.password, escrow: fingerprint });
    expect(await holdersKeyOf(alice)).toBe(await vaultKeyIn(alice));
  });

  it('an escrow is left with a new vault key, which an export of before does not open', async () => {
    const alice = await newPerson(server, 'alice');
    await alice.client.account.addEscrow({ password: alice.password, escrow: fingerprint });
    const kept = await exportOf(alice);
    const before = await vaultKeyIn(alice);
    const { signedIn } = await alice.client.account.removeEscrow({ show: writtenDown, password: alice.password });
    expect([signedIn, (await alice.client.account.get()).escrow]).toEqual([true, undefined]);
    const old = await openEscrowExport(kept, holder.seed);
    expect(encodeBase64Url(old.vaultKey)).toBe(before);
    expect(await vaultKeyIn(alice)).not.toBe(before);
    expect(await server.sql('SELECT 1 FROM escrows WHERE user_id = $1', [alice.client.userId])).toEqual([]);
    const vault = await server.sql<{ vault: Buffer }>('SELECT vault FROM vaults WHERE user_id = $1', [old.userId]);
    const mixed = { ...kept, vault: vault[0]!.vault.toString('base64url') };
    await expect(openEscrowExport(mixed, holder.seed)).rejects.toMatchObject({ code: 'escrow.export-refused' });
  });

  it('an escrow is found to be there where the answer got lost', async () => {
    const alice = await newPerson(server, 'alice');
    const lossy = await restarted(server, alice, { fetch: losing(/PUT \/v1\/account\/escrow/, 1) });
    await lossy.account.addEscrow({ password: alice.password, escrow: fingerprint });
    expect(await lossy.account.get()).toMatchObject({ escrow: { fingerprint }, credentialVersion: 2 });
  });

  it('an escrow needs the password', async () => {
    const alice = await newPerson(server, 'alice');
    const attempt = alice.client.account.addEscrow({ password: 'guess', escrow: fingerprint });
    await expect(attempt).rejects.toMatchObject({ code: 'auth.proof-refused' });
    expect((await alice.client.account.get()).escrow).toBeUndefined();
  });
});

describe('A server that wants a vault key', () => {
  const mallory = newEscrowHolder();
  /** What is undefined is no member in JSON. */
  const offering = (escrow: ServiceJson['escrow']) =>
    lying(/GET \/v1\/service/, (answer: ServiceJson) => ({ ...answer, escrow }));

  it.each([
    ['offers its own key', { publicKey: encodeBase64Url(mallory.publicKey) }, 'escrow.fingerprint-differs'],
    [
      'changes one bit of the key',
      { publicKey: flipLast(encodeBase64Url(holder.publicKey)) },
      'escrow.fingerprint-differs',
    ],
    ['offers none', undefined, 'escrow.not-offered'],
    ['offers half a key', { publicKey: encodeBase64Url(holder.publicKey.slice(1)) }, 'client.bad-answer'],
  ] as const)(
    'a server that wants a vault key and %s gets nothing, neither by an escrow nor by a new vault key',
    async (_what, escrow, code) => {
      const alice = await newPerson(server, 'alice');
      const seen: SeenExchange[] = [];
      const lie = offering(escrow);
      const note = recording(seen);
      const client = await restarted(server, alice, {
        fetch: (input, init) => {
          const { pathname } = new URL(input instanceof Request ? input.url : input);
          return pathname === '/v1/service' ? lie(input, init) : note(input, init);
        },
      });
      const { password } = alice;
      await expect(client.account.addEscrow({ password, escrow: fingerprint })).rejects.toMatchObject({ code });
      await expect(client.account.rekey({ show: writtenDown, password, escrow: fingerprint })).rejects.toMatchObject({
        code,
      });
      expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    },
  );

  it('a server that wants a vault key and claims that the account has an escrow gets nothing: the fingerprint must come from the application', async () => {
    const alice = await newPerson(server, 'alice');
    const seen: SeenExchange[] = [];
    const lie = lying(/GET \/v1\/account/, (answer: object) => ({
      ...answer,
      escrow: { fingerprint: encodeBase64Url(mallory.fingerprint), addedAt: 1 },
    }));
    const note = recording(seen);
    const client = await restarted(server, alice, {
      fetch: (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        return pathname === '/v1/account' ? lie(input, init) : note(input, init);
      },
    });
    const attempt = client.account.rekey({ show: writtenDown, password: alice.password });
    await expect(attempt).rejects.toMatchObject({ code: 'escrow.unknown' });
    expect(seen.filter(({ method, path }) => method !== 'GET' && path !== '/v1/state')).toEqual([]);
  });

  it('a server that wants a vault key gets no wrap from a client that was told of no escrow, whatever it offers', async () => {
    const alice = await newPerson(server, 'alice');
    const seen: SeenExchange[] = [];
    const client = await restarted(server, alice, { fetch: recording(seen) });
    await client.account.rekey({ show: writtenDown, password: alice.password });
    const sent = seen.find(({ path }) => path === '/v1/account/vault-key');
    expect(Object.keys(JSON.parse(sent?.body ?? '{}') as object)).not.toContain('escrow');
  });

  it('a server that wants a vault key is not asked where the fingerprint is none', async () => {
    const alice = await newPerson(server, 'alice');
    const attempt = alice.client.account.addEscrow({ password: alice.password, escrow: 'not a fingerprint' });
    await expect(attempt).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });
});

describe('An export', () => {
  it('an export is refused where anything of it was changed, or where it is for somebody else', async () => {
    const [alice, bob] = [await newPerson(server, 'alice'), await newPerson(server, 'bob')];
    for (const { client, password } of [alice, bob]) await client.account.addEscrow({ password, escrow: fingerprint });
    const [good, other] = [await exportOf(alice), await exportOf(bob)];
    const [statement] = good.statements;
    const refused = { code: 'escrow.export-refused' };
    const changes: Partial<EscrowExportJson>[] = [
      { escrow: other.escrow },
      { escrow: { ...good.escrow, unlock: flipLast(good.escrow.unlock) } },
      { vault: other.vault },
      { vault: flipLast(good.vault) },
      { vaultVersion: good.vaultVersion + 1 },
      { userId: other.userId },
      { serviceId: 'other.example' },
      { statements: other.statements },
      { statements: [] },
      { statements: [{ ...statement!, signature: flipLast(statement!.signature) }] },
      { keyVersion: 2 },
      { loginId: other.loginId },
      { handleSignature: other.handleSignature },
      { handleSignature: flipLast(good.handleSignature) },
      { handleKeyVersion: 2 },
      // Bob's account, whole and opened by the same key, under Alice's name.
      { ...other, loginId: good.loginId },
      { ...other, loginId: good.loginId, handleSignature: good.handleSignature },
    ];
    for (const change of changes) {
      await expect(openEscrowExport({ ...good, ...change }, holder.seed)).rejects.toMatchObject(refused);
    }
    await expect(openEscrowExport(good, newEscrowHolder().seed)).rejects.toMatchObject(refused);
    await expect(openEscrowExport({ format: 'something else' }, holder.seed)).rejects.toMatchObject(refused);
    expect((await openEscrowExport(good, holder.seed)).loginId).toBe(alice.loginId);
  });

  it('an export names who has the account now, after another loginId and new keys', async () => {
    const alice = await newPerson(server, 'alice');
    const { account, keys } = alice.client;
    await account.addEscrow({ password: alice.password, escrow: fingerprint });
    const before = await exportOf(alice);
    await keys.rotate();
    await account.changeLoginId({ password: alice.password, newLoginId: `${alice.loginId}-2` });
    await keys.rotate();
    const exported = await exportOf(alice);
    expect([exported.loginId, exported.handleKeyVersion]).toEqual([`${alice.loginId}-2`, 2]);
    expect((await openEscrowExport(exported, holder.seed)).keys).toHaveLength(3);
    const renamed = { ...exported, loginId: alice.loginId };
    await expect(openEscrowExport(renamed, holder.seed)).rejects.toMatchObject({ code: 'escrow.export-refused' });
    expect((await openEscrowExport(before, holder.seed)).loginId).toBe(alice.loginId);
  });
});
