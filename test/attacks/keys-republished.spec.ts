import { beforeAll, describe, expect, it } from '@jest/globals';

import { registerUser, rotateRequest, sharedServer, type RunningServer, type TestUser } from '../support/index.js';
import { newest, republishRequest, type TestIdentity } from '../support/identity.js';
import { expectProblem, keysSnapshot, republishKeys, rotateKeys, statementJson } from '../support/keys-api.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

type Rotation = Parameters<typeof rotateRequest>[1];

/** A user of whose versions the server has the first one only, and whose client has more. */
async function ahead(...rotations: readonly Rotation[]): Promise<{ user: TestUser; held: TestIdentity }> {
  const user = await registerUser(server);
  const all = rotations.length === 0 ? [{}, {}] : rotations;
  const held = all.reduce<TestIdentity>(
    (identity, rotation) => rotateRequest(identity, rotation).rotated,
    user.identity,
  );
  return { user, held };
}

const YEAR_MS = 365 * 86_400_000;

describe('Statements that are published again', () => {
  it('statements that are published again are taken as they were, all at once, and again without another effect', async () => {
    const { user, held } = await ahead();
    const request = republishRequest(held, 2);
    const first = await republishKeys(server, user, request);
    expect([first.status, first.body]).toMatchObject([200, { keys: statementJson(held, 3), vaultVersion: 3 }]);
    const after = await keysSnapshot(server, user);
    const again = await republishKeys(server, user, republishRequest(held, 1));
    expect([again.status, again.body]).toMatchObject([200, { keys: { version: 3 }, vaultVersion: 3 }]);
    expect(await keysSnapshot(server, user)).toEqual(after);
    const next = rotateRequest(held);
    expect((await rotateKeys(server, user, next.request)).status).toBe(201);
  });

  it.each([
    ['a year', YEAR_MS],
    ['fifty years', 50 * YEAR_MS],
  ])(
    'statements that are published again are taken where the clock was %s ahead when they were made, and more on top of them',
    async (_name, difference) => {
      const { user, held } = await ahead(
        { createdAt: Date.now() + difference },
        { createdAt: Date.now() + difference + 60_000 },
      );
      const request = republishRequest(held, 2);
      const first = await republishKeys(server, user, request);
      expect([first.status, first.body]).toMatchObject([200, { keys: statementJson(held, 3) }]);
      const next = rotateRequest(held, { createdAt: Date.now() });
      expectProblem(await rotateKeys(server, user, next.request), 422, 'keys.statement-refused');
      const following = rotateRequest(held, { createdAt: newest(held).statement.createdAt + 1 });
      expect((await rotateKeys(server, user, following.request)).status).toBe(201);
    },
  );

  it('statements that are published again are refused with a vault that the newest key has not signed: an access token is not enough', async () => {
    const { user, held } = await ahead();
    const thief = await registerUser(server);
    const request = republishRequest(held, 2);
    const stranger = republishRequest(rotateRequest(thief.identity).rotated, 2);
    const before = await keysSnapshot(server, user, thief);
    for (const forged of [
      { ...request, vault: stranger.vault },
      { ...request, vaultVersion: request.vaultVersion + 1 },
      { ...request, vaultSignature: stranger.vaultSignature },
    ]) {
      const problem = expectProblem(await republishKeys(server, user, forged), 422, 'keys.vault-refused');
      expect(problem.errors).toEqual([expect.objectContaining({ pointer: '/vaultSignature' })]);
    }
    const handle = { ...request, handleSignature: stranger.handleSignature };
    expectProblem(await republishKeys(server, user, handle), 422, 'keys.handle-refused');
    expectProblem(await republishKeys(server, thief, request), 422, 'keys.statement-refused');
    expect(await keysSnapshot(server, user, thief)).toEqual(before);
  });

  it('statements that are published again are refused with the recovery flag, with a hole, of a time that no clock shows, and beside others', async () => {
    const recovered = await ahead({ statement: { recovery: true } });
    const refusal = expectProblem(
      await republishKeys(server, recovered.user, republishRequest(recovered.held, 2)),
      422,
      'keys.statement-refused',
    );
    expect(refusal).toMatchObject({ reason: 'recovery-not-allowed', errors: [{ pointer: '/statements/0/statement' }] });
    const { user, held } = await ahead();
    expectProblem(await republishKeys(server, user, republishRequest(held, 3)), 422, 'keys.statement-refused');
    const early = await ahead({ createdAt: Date.now() + 101 * YEAR_MS });
    expect(
      expectProblem(
        await republishKeys(server, early.user, republishRequest(early.held, 2)),
        422,
        'keys.statement-refused',
      ),
    ).toMatchObject({ reason: 'wrong-clock' });
    const other = rotateRequest(user.identity);
    expect((await rotateKeys(server, user, other.request)).status).toBe(201);
    const conflict = expectProblem(
      await republishKeys(server, user, republishRequest(held, 2)),
      409,
      'keys.version-conflict',
    );
    expect(conflict).toMatchObject({ head: { version: 2 } });
    const old = { ...republishRequest(rotateRequest(other.rotated).rotated, 3), vaultVersion: 2 };
    expectProblem(await republishKeys(server, user, old), 409, 'keys.vault-conflict');
  });
});

describe('A rotation after a compromise', () => {
  it('a rotation that declares the earlier keys compromised needs the loginId signed by the new key, by which the user is found then', async () => {
    const user = await registerUser(server);
    const { request, rotated } = rotateRequest(user.identity, { statement: { earlierKeysCompromised: true } });
    expectProblem(await rotateKeys(server, user, request), 422, 'keys.handle-refused');
    const { handleSignature } = republishRequest(rotated, 2);
    const old = republishRequest(user.identity, 1).handleSignature;
    expectProblem(await rotateKeys(server, user, { ...request, handleSignature: old }), 422, 'keys.handle-refused');
    expect((await rotateKeys(server, user, { ...request, handleSignature })).status).toBe(201);
    expect((await rotateKeys(server, user, request)).status).toBe(200);
  });
});
