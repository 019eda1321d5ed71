import { beforeAll, describe, expect, it } from '@jest/globals';
import { LENGTHS, LIMITS } from '@sealpost/protocol';
import { changePassword } from '../support/account-api.js';
import { answerOf, bytes, DeviceApi, deviceRequest, handoverOf, OFFER } from '../support/device-api.js';
import { buildIdentity, call, expectOk, logIn, registerUser, sharedServer } from '../support/index.js';
import type { RunningServer, TestUser } from '../support/index.js';

let server: RunningServer;
let api: DeviceApi;
let mallory: TestUser;

beforeAll(async () => {
  server = await sharedServer();
  api = new DeviceApi(server);
  mallory = await registerUser(server);
});

const verdict = ({ status, body }: { status: number; body: { code?: string } }): unknown[] => [status, body.code];
const NOT_FOUND = [404, 'auth.device-request-not-found'];
const DENIED = [403, 'auth.device-request-denied'];
const PROOF_REFUSED = [422, 'auth.device-proof-refused'];
const CONFLICT = [409, 'auth.device-request-conflict'];

async function twice(step: () => Promise<{ status: number }>): Promise<number[]> {
  const first = await step();
  return [first.status, (await step()).status];
}

describe('a request of a new device', () => {
  it('a request of a new device goes through its states, each step once and by whoever is its turn', async () => {
    const alice = await registerUser(server);
    const request = deviceRequest(alice.identity.loginId);
    const { id } = request;
    expect((await api.request(request)).status).toBe(201);
    expect((await api.status(request)).body).toMatchObject({ state: 'waiting' });
    expect(verdict(await api.reveal(request))).toEqual(CONFLICT);
    expect(verdict(await api.approve(alice, request))).toEqual(CONFLICT);
    expect(verdict(await api.collect(request))).toEqual(CONFLICT);

    expect((await api.answer(alice, id)).body).toMatchObject({ state: 'answered' });
    const { userId } = alice;
    expect((await api.status(request)).body).toMatchObject({
      state: 'answered',
      answer: { userId, ...answerOf(alice) },
    });
    expect(verdict(await api.approve(alice, request))).toEqual(CONFLICT);

    expect((await api.reveal(request)).status).toBe(204);
    expect((await api.get(alice, id)).body).toMatchObject({ state: 'revealed', ...OFFER });
    expect(verdict(await api.collect(request))).toEqual(CONFLICT);

    expect((await api.approve(alice, request)).status).toBe(204);
    const collected = await api.collect(request);
    expect([collected.status, collected.body.userId, collected.body.handover]).toEqual([
      200,
      userId,
      handoverOf(alice, request),
    ]);
    const { accessToken: token } = collected.body;
    expect((await call(server, 'GET', '/v1/vault', { token })).status).toBe(200);
    expect((await api.list(alice)).body.items).toEqual([]);
  });

  it('a request of a new device may be repeated step by step with the same values, and not with others', async () => {
    const alice = await registerUser(server);
    const request = deviceRequest(alice.identity.loginId);
    const { id } = request;
    expect(await twice(() => api.request(request))).toEqual([201, 201]);
    expect(verdict(await api.request({ ...request, token: bytes(32) }))).toEqual(CONFLICT);
    expect(verdict(await api.request({ ...request, commitment: bytes(32) }))).toEqual(CONFLICT);
    expect(await twice(() => api.answer(alice, id))).toEqual([200, 200]);
    expect(verdict(await api.answer(alice, id, { ...answerOf(alice), nonce: bytes(32) }))).toEqual(CONFLICT);
    expect(await twice(() => api.reveal(request))).toEqual([204, 204]);
    expect(verdict(await api.reveal(request, { ...OFFER, nonce: bytes(32) }))).toEqual(PROOF_REFUSED);
    expect(await twice(() => api.approve(alice, request))).toEqual([204, 204]);
    expect(verdict(await api.approve(alice, request, bytes(LENGTHS.handover)))).toEqual(CONFLICT);
    expect(await server.sql('SELECT 1 FROM device_requests WHERE id = $1', [id])).toHaveLength(1);
  });

  it('a request of a new device is answered by one device of the account, which alone can approve', async () => {
    const alice = await registerUser(server);
    const second = { ...alice, ...(await logIn(server, alice.identity)) };
    const request = deviceRequest(alice.identity.loginId);
    await api.request(request);
    const answers = await Promise.all([alice, second].map((user) => api.answer(user, request.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await api.reveal(request);
    const approvals = await Promise.all([alice, second].map((user) => api.approve(user, request)));
    expect(approvals.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 200 ? 204 : 409)));
  });

  it('a request of a new device is seen by nobody else, and by nobody with another token', async () => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    const other = { ...request, token: bytes(32) };
    expect((await api.list(mallory)).body.items).toEqual([]);
    const steps = [
      api.get(mallory, request.id),
      api.answer(mallory, request.id),
      api.approve(mallory, request),
      api.deny(mallory, request.id),
      api.status(other),
      api.reveal(other),
      api.collect(other),
    ];
    for (const step of await Promise.all(steps)) expect(verdict(step)).toEqual(NOT_FOUND);
  });

  it('a request of a new device is over after ten minutes, for both sides', async () => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    const [row] = await server.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM device_requests WHERE id = $1',
      [request.id],
    );
    expect(row).toEqual({ seconds: LIMITS.pairingSeconds });
    await server.sql('UPDATE device_requests SET expires_at = now() WHERE id = $1', [request.id]);
    const steps = [api.status(request), api.collect(request), api.get(alice, request.id), api.approve(alice, request)];
    for (const step of await Promise.all(steps)) expect(verdict(step)).toEqual(NOT_FOUND);
    expect((await api.list(alice)).body.items).toEqual([]);
  });
});

describe('a loginId that nobody has', () => {
  it('a loginId that nobody has gets the answers of one whose owner does nothing, also when there are too many requests', async () => {
    const alice = await registerUser(server);
    const transcripts = [];
    for (const loginId of [alice.identity.loginId, buildIdentity().loginId]) {
      const requests = Array.from({ length: LIMITS.pairingRequests }, () => deviceRequest(loginId));
      const opened = [];
      for (const request of requests) opened.push(await api.request(request));
      const [first] = requests;
      const full = await api.request(deviceRequest(loginId));
      const waited = first === undefined ? null : await api.status(first, { known: 'waiting', seconds: 1 });
      transcripts.push({
        opened: opened.map(({ status, body }) => [status, Object.keys(body)]),
        full: [full.status, full.body.code, full.body.detail, full.headers.get('retry-after')],
        waited: [waited?.status, waited?.body.state, Object.keys(waited?.body ?? {})],
      });
    }
    expect(transcripts[0]).toEqual(transcripts[1]);
    expect(transcripts[0]?.full.slice(0, 2)).toEqual([429, 'auth.device-requests-full']);
    expect(transcripts[0]?.waited.slice(0, 2)).toEqual([200, 'waiting']);
  });

  it('a loginId that nobody has is told from one whose owner denies, who gets the room back that strangers have taken', async () => {
    const alice = await registerUser(server);
    const { loginId } = alice.identity;
    const strangers = Array.from({ length: LIMITS.pairingRequests }, () => deviceRequest(loginId));
    for (const request of strangers) await api.request(request);
    expect((await api.request(deviceRequest(loginId))).status).toBe(429);
    const [first] = strangers;
    expect((await api.deny(alice, first?.id ?? '')).status).toBe(204);
    expect((await api.request(deviceRequest(loginId))).status).toBe(201);
    expect((await api.request(deviceRequest(loginId))).status).toBe(429);
  });

  it('a loginId that nobody has holds no more requests than allowed, also where many come at the same moment', async () => {
    const { loginId } = buildIdentity();
    const answers = await Promise.all(
      Array.from({ length: LIMITS.pairingRequests + 9 }, () => api.request(deviceRequest(loginId))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(LIMITS.pairingRequests);
  });
});

describe('a collection', () => {
  it('a collection opens one session, however often the answer gets lost, and none after the session has begun', async () => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    const collected = await Promise.all([api.collect(request), api.collect(request), api.collect(request)]);
    expect(collected.map(({ status }) => status)).toEqual([200, 200, 200]);
    const sessions = new Set(collected.map(({ body }) => `${body.sessionId} ${body.refreshToken}`));
    expect(sessions.size).toBe(1);
    const { refreshToken } = collected[0].body;
    await expectOk(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
    expect(verdict(await api.collect(request))).toEqual(CONFLICT);
    const [events] = await server.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM account_events WHERE user_id = $1 AND kind = 'device-approved'`,
      [alice.userId],
    );
    expect(events).toEqual({ n: 1 });
  });

  it('a collection cannot be repeated after half a minute', async () => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    expect((await api.collect(request)).status).toBe(200);
    const [row] = await server.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - collected_at)::int AS seconds FROM device_requests WHERE id = $1',
      [request.id],
    );
    expect(row).toEqual({ seconds: 30 });
    await server.sql('UPDATE device_requests SET expires_at = now() WHERE id = $1', [request.id]);
    expect(verdict(await api.collect(request))).toEqual(NOT_FOUND);
  });

  it.each<[string, (alice: TestUser, id: string) => Promise<unknown>, unknown[]]>([
    ['the password was changed', (alice) => changePassword(server, alice), DENIED],
    ['the request was denied', (alice, id) => api.deny(alice, id), DENIED],
    [
      'the approving session was ended',
      (alice) => call(server, 'POST', '/v1/auth/logout', { token: alice.token }),
      DENIED,
    ],
    [
      'the account was disabled',
      (alice) => server.sql('UPDATE accounts SET disabled_at = now() WHERE user_id = $1', [alice.userId]),
      [403, 'auth.account-disabled'],
    ],
  ])('a collection is refused where %s after the approval', async (_, change, expected) => {
    const alice = await registerUser(server);
    const request = await api.approved(alice);
    await change(alice, request.id);
    const before = await server.sql('SELECT id FROM sessions WHERE user_id = $1', [alice.userId]);
    expect(verdict(await api.collect(request))).toEqual(expected);
    expect(await server.sql('SELECT id FROM sessions WHERE user_id = $1', [alice.userId])).toHaveLength(before.length);
  });
});

describe('a wait for the next step', () => {
  it('a wait for the next step ends as soon as it is done, on both sides', async () => {
    const alice = await registerUser(server);
    const request = deviceRequest(alice.identity.loginId);
    await api.request(request);
    const begun = performance.now();
    const device = api.status(request, { known: 'waiting', seconds: 20 });
    await api.answer(alice, request.id);
    expect((await device).body).toMatchObject({ state: 'answered' });
    const approver = api.get(alice, request.id, '?known=answered&wait=20');
    await api.reveal(request);
    expect((await approver).body).toMatchObject({ state: 'revealed' });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it('a wait for the next step ends with the session that waits', async () => {
    const alice = await registerUser(server);
    const second = { ...alice, ...(await logIn(server, alice.identity)) };
    const request = deviceRequest(alice.identity.loginId);
    await api.request(request);
    const waiting = api.get(second, request.id, '?known=waiting&wait=20');
    await call(server, 'POST', '/v1/auth/logout', { token: second.token });
    expect((await waiting).status).toBe(401);
  });
});

describe('bad input', () => {
  const malformed: [string, string, object, string][] = [
    ['an id of another version', '', { id: '6a1e7d0e-0000-4000-8000-000000000000' }, '/id'],
    ['a loginId that is not normalised', '', { loginId: 'Alice@Example.org' }, '/loginId'],
    ['a short commitment', '', { commitment: bytes(31) }, '/commitment'],
    ['a long token', '', { token: bytes(33) }, '/token'],
    ['an empty name', '', { deviceName: '' }, '/deviceName'],
    ['an unknown member', '', { state: 'approved' }, '/state'],
  ];

  it.each(malformed)(
    'a request of a new device with bad input is refused with a pointer: %s',
    async (_, path, change, pointer) => {
      const body = { ...deviceRequest(buildIdentity().loginId), ...change };
      const answer = await call<{ code: string; errors: { pointer: string }[] }>(
        server,
        'POST',
        `/v1/auth/device-requests${path}`,
        { body },
      );
      expect([answer.status, answer.body.code, answer.body.errors[0]?.pointer]).toEqual([
        400,
        'request.invalid',
        pointer,
      ]);
      expect(await server.sql('SELECT 1 FROM device_requests WHERE login_id = $1', [body.loginId])).toEqual([]);
    },
  );

  it('a request of a new device with bad input changes nothing of a request', async () => {
    const alice = await registerUser(server);
    const request = deviceRequest(alice.identity.loginId);
    await api.request(request);
    const refused = await Promise.all([
      api.answer(alice, request.id, { ...answerOf(alice), keyVersion: 0 }),
      api.answer(alice, request.id, { ...answerOf(alice), keysHash: bytes(16) }),
      api.reveal(request, { ...OFFER, kemPublicKey: bytes(32) }),
      api.approve(alice, request, bytes(100)),
      api.get(alice, request.id, '?known=done'),
      api.get(alice, request.id, '?wait=31'),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 400));
    expect((await api.status(request)).body).toEqual({ state: 'waiting', expiresAt: expect.any(Number) });
  });
});
