import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, LENGTHS, requireBase64Url, SIGNING_PROOF_HEADER } from '@sealpost/protocol';
import type { PutStateRequestJson, SessionListJson, StateJson } from '@sealpost/protocol';
import { answerOf, bytes, DeviceApi, deviceRequest, handoverOf, OFFER } from '../support/device-api.js';
import { call, expectOk, logIn, registerUser, sharedServer } from '../support/index.js';
import type { RunningServer, TestUser } from '../support/index.js';
import { newest, rotateRequest } from '../support/identity.js';
import { callWithProof, logInBound } from '../support/session-key.js';
import { callAsOwner, proofOf, stateProofOf } from '../support/signing-proof.js';

/** Somebody has read an access token: in a log, in a browser, on the way. They have nothing else of the account. */

let server: RunningServer;
let devices: DeviceApi;
let alice: TestUser;
let mallory: TestUser;

beforeAll(async () => {
  server = await sharedServer();
  devices = new DeviceApi(server);
  mallory = await registerUser(server);
});

const verdict = ({ status, body }: { status: number; body: unknown }): unknown[] => [
  status,
  (body as { code?: string }).code,
];

async function rotated(user: TestUser): Promise<TestUser> {
  const { request, rotated: identity } = rotateRequest(user.identity);
  expect((await call(server, 'POST', '/v1/keys', { token: user.token, body: request })).status).toBe(201);
  return { ...user, identity };
}

describe('A new device with a stolen token', () => {
  beforeAll(async () => {
    alice = await rotated(await registerUser(server));
  });

  /** Everything that the thief can do on both sides before the handover. */
  async function revealed() {
    const request = deviceRequest(alice.loginId);
    expect((await devices.request(request)).status).toBe(201);
    expect((await devices.answer(alice, request.id)).status).toBe(200);
    expect((await devices.reveal(request)).status).toBe(204);
    return request;
  }

  it('a stolen access token lets no new device in by random bytes, by keys that are not the newest, nor by what was signed for another device', async () => {
    const request = await revealed();
    const [first] = alice.identity.generations;
    const old = { ...alice, identity: { ...alice.identity, generations: [first!] } };
    const other = deviceRequest(alice.loginId);
    const genuine = handoverOf(alice, request);
    const forged = [
      bytes(LENGTHS.handover),
      handoverOf(alice, other),
      handoverOf({ ...alice, identity: mallory.identity }, request),
      handoverOf(old, request),
      handoverOf(alice, { ...request, deviceName: 'another' }),
      handoverOf(alice, { ...request, commitment: bytes(LENGTHS.hash) }),
      `${genuine.slice(0, -8)}${genuine.startsWith('AAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`,
    ];
    for (const handover of forged) {
      expect(verdict(await devices.approve(alice, request, handover))).toEqual([422, 'auth.device-proof-refused']);
    }
    expect((await devices.collect(request)).body.code).toBe('auth.device-request-conflict');
    // The owner is not in the way of their own device.
    expect((await devices.approve(alice, request)).status).toBe(204);
    expect((await devices.collect(request)).status).toBe(200);
  });

  it('a stolen access token lets no new device in by an answer that names other keys than the newest ones of the account', async () => {
    const request = deviceRequest(alice.loginId);
    await devices.request(request);
    const [first] = alice.identity.generations;
    const old = { ...alice, identity: { ...alice.identity, generations: [first!] } };
    for (const answer of [
      answerOf(old),
      answerOf(mallory),
      { ...answerOf(alice), keyVersion: 3 },
      { ...answerOf(alice), keysHash: bytes(LENGTHS.hash) },
    ]) {
      const refused = await devices.answer(alice, request.id, answer);
      expect(verdict(refused)).toEqual([409, 'auth.device-keys-superseded']);
    }
    expect((await devices.status(request)).body).toMatchObject({ state: 'waiting' });
  });

  it('a stolen access token lets no new device in by keys that were the newest when the device was answered', async () => {
    const bob = await registerUser(server);
    const request = deviceRequest(bob.loginId);
    await devices.request(request);
    await devices.answer(bob, request.id);
    await devices.reveal(request);
    const later = await rotated(bob);
    expect(newest(later.identity).statement.version).toBe(2);
    for (const user of [bob, later]) {
      expect(verdict(await devices.approve(user, request))).toEqual([409, 'auth.device-keys-superseded']);
    }
    expect((await devices.collect(request)).body.code).toBe('auth.device-request-conflict');
  });

  it('a stolen access token reveals nothing that was not committed to', async () => {
    const request = deviceRequest(alice.loginId);
    await devices.request(request);
    await devices.answer(alice, request.id);
    for (const change of [{ nonce: bytes(LENGTHS.pairingNonce) }, { kemPublicKey: bytes(LENGTHS.kemPublicKey) }]) {
      const refused = await devices.reveal(request, { ...OFFER, ...change });
      expect(verdict(refused)).toEqual([422, 'auth.device-proof-refused']);
    }
    expect((await devices.reveal(request)).status).toBe(204);
  });
});

/** The first state of an account. */
function stateRequest(): PutStateRequestJson {
  const state = Buffer.concat([Buffer.of(1), randomBytes(199)]).toString('base64url');
  return { state, stateVersion: 1, previousHash: encodeBase64Url(new Uint8Array(LENGTHS.hash)) };
}

describe('A stolen token without a key', () => {
  /** What only an owner may do, with the request of it. */
  interface Lasting {
    readonly name: string;
    readonly method: string;
    readonly path: string;
    readonly body?: PutStateRequestJson;
  }

  async function lastingOf(user: TestUser): Promise<readonly Lasting[]> {
    const { sessionId } = await logIn(server, user.identity);
    const bob = await registerUser(server);
    return [
      { name: 'ends another session', method: 'DELETE', path: `/v1/account/sessions/${sessionId}` },
      { name: 'blocks', method: 'PUT', path: `/v1/blocks/${bob.userId}` },
      { name: 'lets in again', method: 'DELETE', path: `/v1/blocks/${bob.userId}` },
      { name: 'replaces the state', method: 'PUT', path: '/v1/state', body: stateRequest() },
    ];
  }

  const sent = ({ method, path, body }: Lasting, token: string, proof?: string) =>
    call<{ code?: string }>(server, method, path, {
      token,
      ...(body === undefined ? {} : { body }),
      ...(proof === undefined ? {} : { headers: { [SIGNING_PROOF_HEADER]: proof } }),
    });

  it('a stolen access token of a session without a key ends no other session, replaces no state and blocks nobody; the owner does all of it', async () => {
    const user = await rotated(await registerUser(server));
    const all = await lastingOf(user);
    for (const one of all) {
      for (const proof of [undefined, '', 'A.B', `${'A'.repeat(43)}.`, 'A'.repeat(85)]) {
        expect([one.name, ...verdict(await sent(one, user.token, proof))]).toEqual([
          one.name,
          403,
          'auth.proof-required',
        ]);
      }
    }
    const { token } = user;
    expect((await expectOk<SessionListJson>(server, 'GET', '/v1/account/sessions', { token })).items).toHaveLength(2);
    expect(await expectOk(server, 'GET', '/v1/blocks', { token })).toEqual({ items: [] });
    expect(await expectOk<StateJson>(server, 'GET', '/v1/state', { token })).toEqual({ stateVersion: 0 });
    for (const { method, path, body } of all) {
      const answer = await callAsOwner(server, user, method, path, body === undefined ? {} : { body });
      expect(answer.status).toBeLessThan(300);
    }
    expect((await expectOk<SessionListJson>(server, 'GET', '/v1/account/sessions', { token })).items).toHaveLength(1);
  });

  it('a stolen access token of a session without a key is not made good by older keys, by those of somebody else, nor by a proof of another action', async () => {
    const first = await registerUser(server);
    const user = await rotated(first);
    const { sessionId } = await logIn(server, user.identity);
    const path = `/v1/account/sessions/${sessionId}`;
    const end: Lasting = { name: 'ends another session', method: 'DELETE', path };
    const refused = [
      await proofOf(server, first, 'end-session', sessionId),
      await proofOf(server, { ...user, identity: mallory.identity }, 'end-session', sessionId),
      await proofOf(server, { ...user, userId: mallory.userId }, 'end-session', sessionId),
      await proofOf(server, user, 'block', sessionId),
      await proofOf(server, user, 'end-session', user.sessionId),
    ];
    for (const proof of refused) {
      expect(verdict(await sent(end, user.token, proof))).toEqual([403, 'auth.proof-refused']);
    }
    const foreign = await proofOf(server, { ...user, loginId: mallory.loginId }, 'end-session', sessionId);
    expect(verdict(await sent(end, user.token, foreign))).toEqual([403, 'auth.challenge-refused']);
    const genuine = await proofOf(server, user, 'end-session', sessionId);
    expect((await sent(end, user.token, genuine)).status).toBe(204);
    expect(verdict(await sent(end, user.token, genuine))).toEqual([403, 'auth.challenge-used']);
  });

  it('a stolen access token of a session without a key stores no other state than the one that was signed, and none twice', async () => {
    const user = await registerUser(server);
    const [signed, other] = [stateRequest(), stateRequest()];
    const put = (body: PutStateRequestJson, proof: string) =>
      sent({ name: 'replaces the state', method: 'PUT', path: '/v1/state', body }, user.token, proof);
    const proof = stateProofOf(user, signed);
    for (const body of [other, { ...signed, stateVersion: 2 }, { ...signed, previousHash: bytes(LENGTHS.hash) }]) {
      expect(verdict(await put(body, proof))).toEqual([403, 'auth.proof-refused']);
    }
    expect((await put(signed, proof)).status).toBe(200);
    const previousHash = createHash('sha256').update(requireBase64Url(signed.state, 'state')).digest('base64url');
    const next = { ...other, stateVersion: 2, previousHash };
    expect((await put(next, stateProofOf(user, next))).status).toBe(200);
    expect(verdict(await put(signed, proof))).toEqual([409, 'state.state-conflict']);
  });

  it('a stolen access token of a session without a key ends its own session, as the owner would at once', async () => {
    const { identity } = await registerUser(server);
    const own = await logIn(server, identity);
    expect((await call(server, 'DELETE', `/v1/account/sessions/${own.sessionId}`, { token: own.token })).status).toBe(
      204,
    );
  });
});

describe('A session that is bound to a key', () => {
  it('a session that is bound to a key needs no other proof than that of its key', async () => {
    const { identity, sessionId } = await registerUser(server);
    const { key, token } = await logInBound(server, identity);
    const path = `/v1/account/sessions/${sessionId}`;
    expect(verdict(await call(server, 'DELETE', path, { token }))).toEqual([401, 'auth.dpop-required']);
    expect((await callWithProof(server, key, 'DELETE', path, { token })).status).toBe(204);
    const block = `/v1/blocks/${mallory.userId}`;
    expect((await callWithProof(server, key, 'PUT', block, { token })).status).toBe(204);
    expect((await callWithProof(server, key, 'PUT', '/v1/state', { token, body: stateRequest() })).status).toBe(200);
  });
});
