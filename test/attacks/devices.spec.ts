import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch, Sealpost } from '@sealpost/client';
import {
  encodeBase64Url,
  requireBase64Url,
  type CollectedDeviceJson,
  type DeviceStatusJson,
  type KeyChainJson,
  type PairingAnswer,
  type PairingContext,
  type PendingDeviceJson,
  type PendingDevicesJson,
} from '@sealpost/protocol';
import { signedStatementJson } from '../../packages/client/src/trust/chain-pin.js';
import { newestOf } from '../../packages/client/src/trust/chain.js';
import {
  generatePairingSecrets,
  pairingCode,
  pairingCommitment,
  pairingTranscript,
  sealHandover,
} from '../../packages/client/src/crypto/pairing.js';
import { generateSeeds, makeStatement } from '../../packages/client/src/crypto/user-keys.js';
import { startServer, waitFor } from '../support/index.js';
import type { TestServer } from '../support/index.js';
import { joinWith, Joining, pendingId } from '../support/joining.js';
import { exchangeOf, flipLast, lying, newPerson, pinnedChain, restarted } from '../support/sdk.js';
import type { Person } from '../support/sdk.js';

let server: TestServer;
let alice: Person;
let mallory: Person;

beforeAll(async () => {
  server = await startServer();
  alice = await newPerson(server, 'alice');
  mallory = await newPerson(server, 'mallory');
});
/** A loginId has few requests at the same time, and those that a test has left lying wait for ten minutes. */
afterEach(() => server.sql('DELETE FROM device_requests'));

const STATUS = /POST .*\/status/;
const PENDING = /(GET|POST) \/v1\/(auth|account)\/device-requests/;

const aliceBehind = (fetch: Fetch): Promise<Sealpost> => restarted(server, alice, { fetch });

/** Alice types what the new device shows; answers with how that ended, or null where it was approved. */
async function refusalOf(approver: Sealpost, joining: Joining): Promise<string | null> {
  try {
    await approver.devices.approve(await pendingId(approver), () => joining.code());
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    joining.say(false);
    await joining.done.catch(() => undefined);
    expect(await joining.storage.keys('')).toEqual([]);
  }
}

/** Changes the requests that the old device sees, in lists and one by one. */
function lyingRequests(change: (request: PendingDeviceJson) => PendingDeviceJson): Fetch {
  return lying(PENDING, (answer: PendingDevicesJson | PendingDeviceJson) =>
    'items' in answer ? { items: answer.items.map(change) } : change(answer),
  );
}

/** Changes the answer that the new device sees. */
function lyingAnswer(change: (answer: NonNullable<DeviceStatusJson['answer']>) => object): Fetch {
  return lying(STATUS, (status: DeviceStatusJson) =>
    status.answer === undefined ? status : { ...status, answer: change(status.answer) },
  );
}

describe('A server between the two devices', () => {
  it.each<[string, (request: PendingDeviceJson) => PendingDeviceJson]>([
    [
      'the ephemeral key',
      (request) =>
        request.kemPublicKey === undefined
          ? request
          : { ...request, kemPublicKey: encodeBase64Url(generatePairingSecrets().offer.kemPublicKey) },
    ],
    [
      'the nonce of the new device',
      (request) => (request.nonce === undefined ? request : { ...request, nonce: flipLast(request.nonce) }),
    ],
    ['the commitment', (request) => ({ ...request, commitment: flipLast(request.commitment) })],
    ['the name of the device', (request) => ({ ...request, deviceName: 'Alice’s own telephone' })],
    [
      'a key by something that is none',
      (request) =>
        request.kemPublicKey === undefined
          ? request
          : { ...request, kemPublicKey: encodeBase64Url(new Uint8Array(1216)) },
    ],
  ])('a server between the two devices is refused where it substitutes %s', async (_, change) => {
    const joining = new Joining(server, alice.loginId);
    expect(await refusalOf(await aliceBehind(lyingRequests(change)), joining)).toBe('devices.tampered');
  });

  it.each<[string, (answer: NonNullable<DeviceStatusJson['answer']>) => object]>([
    ['the nonce of the old device', (answer) => ({ ...answer, nonce: flipLast(answer.nonce) })],
    ['the keys of the account', (answer) => ({ ...answer, keysHash: flipLast(answer.keysHash) })],
    ['the key version', (answer) => ({ ...answer, keyVersion: answer.keyVersion + 1 })],
    ['the account', (answer) => ({ ...answer, userId: mallory.client.userId })],
  ])('a server between the two devices makes the codes differ where it substitutes %s', async (_, change) => {
    const joining = new Joining(server, alice.loginId, { fetch: lyingAnswer(change) });
    expect(await refusalOf(alice.client, joining)).toBe('devices.code-differs');
  });

  it('a server between the two devices makes the codes differ where it is the new device towards the old one, with keys of its own', async () => {
    const own = generatePairingSecrets();
    let context: PairingContext | null = null;
    const fetch = lyingRequests((request) => {
      const { id: requestId, deviceName = '' } = request;
      context = { serviceId: server.serviceId, loginId: alice.loginId, requestId, deviceName };
      const commitment = encodeBase64Url(pairingCommitment(context, own.offer));
      if (request.kemPublicKey === undefined) return { ...request, commitment };
      const kemPublicKey = encodeBase64Url(own.offer.kemPublicKey);
      const nonce = encodeBase64Url(own.offer.deviceNonce);
      const { sessionKey, ...rest } = request;
      expect(sessionKey).toBeDefined();
      return { ...rest, commitment, kemPublicKey, nonce };
    });
    const joining = new Joining(server, alice.loginId);
    expect(await refusalOf(await aliceBehind(fetch), joining)).toBe('devices.code-differs');
    expect(context).not.toBeNull();
  });

  it('a server between the two devices cannot be the account itself: only the user can say that their device has approved', async () => {
    const joining = new Joining(server, alice.loginId, {
      fetch: lyingAnswer((answer) => ({ ...answer, userId: mallory.client.userId })),
    });
    const id = await pendingId(alice.client);
    const code = await approveAs(mallory, alice, id, joining);
    expect(code).toMatch(/^\d{4} \d{4}$/);
    // Alice's devices show nothing, so she says no, whatever the server claims.
    joining.say(false);
    await expect(joining.done).rejects.toMatchObject({ code: 'devices.not-confirmed' });
    expect(await joining.storage.keys('')).toEqual([]);
  });

  /** What a server could hand over that has an account of its own, but not Alice's keys: it verifies nothing then. */
  async function approveAs(thief: Person, victim: Person, id: string, joining: Joining): Promise<string> {
    const { version: keyVersion, keysHash } = newestOf(await pinnedChain(thief, thief.client.userId));
    const nonce = new Uint8Array(randomBytes(32));
    const [session] = await victim.client.sessions.list();
    await server.sql(
      `UPDATE device_requests
          SET user_id = $2, approver_session_id = $3, key_version = $4, keys_hash = $5, approver_nonce = $6
        WHERE id = $1`,
      [id, victim.client.userId, session?.id, keyVersion, Buffer.from(keysHash), Buffer.from(nonce)],
    );
    const code = await joining.code();
    const [row] = await server.sql<{ key: Buffer; nonce: Buffer; session: Buffer; commitment: Buffer; name: string }>(
      `SELECT kem_public_key AS key, device_nonce AS nonce, session_key AS session, commitment, device_name AS name
         FROM device_requests WHERE id = $1`,
      [id],
    );
    if (row === undefined) throw new Error('There is no such request');
    const context = { serviceId: server.serviceId, loginId: victim.loginId, requestId: id, deviceName: row.name };
    const [kemPublicKey, deviceNonce, sessionKey] = [row.key, row.nonce, row.session].map(
      (bytes) => new Uint8Array(bytes),
    );
    const offer = { kemPublicKey: kemPublicKey!, deviceNonce: deviceNonce!, sessionKey };
    const approver = { userId: thief.client.userId, keyVersion, keysHash };
    const answer: PairingAnswer = { approver, approverNonce: nonce };
    const transcript = pairingTranscript(context, new Uint8Array(row.commitment), answer, offer);
    expect(pairingCode(transcript)).toBe(code);
    const content = { vaultKey: nonce, rootHash: keysHash, suite: 1, vaultVersion: 1 };
    const blob = sealHandover(transcript, offer.kemPublicKey, content, nonce);
    await server.sql('UPDATE device_requests SET handover = $2, credential_version = 1 WHERE id = $1', [
      id,
      Buffer.from(blob),
    ]);
    return code;
  }
});

describe('A changed approval', () => {
  /** The user has compared the codes, and both devices are content. */
  async function outcomeBehind(fetch: Fetch): Promise<Error> {
    const joining = new Joining(server, alice.loginId, { fetch });
    await joinWith(alice.client, joining).then(
      () => expect('joined').toBe('refused'),
      () => undefined,
    );
    expect(await joining.storage.keys('')).toEqual([]);
    await waitFor(() => joining.outcome instanceof Error);
    return joining.outcome as Error;
  }

  const lyingCollection = (change: (answer: CollectedDeviceJson) => object): Fetch => lying(/POST .*\/collect/, change);

  it('a server that changes what was approved is refused where it replays an old approval of the same account', async () => {
    let earlier = '';
    await joinWith(
      alice.client,
      new Joining(server, alice.loginId, {
        fetch: lyingCollection((answer) => {
          earlier = answer.handover;
          return answer;
        }),
      }),
    );
    const refused = await outcomeBehind(lyingCollection((answer) => ({ ...answer, handover: earlier })));
    expect(refused).toMatchObject({ code: 'devices.tampered' });
  });

  it('a server that changes what was approved is refused where it changes a bit of the handover, or of its signature', async () => {
    const signature = await outcomeBehind(
      lyingCollection((answer) => ({ ...answer, handover: flipLast(answer.handover) })),
    );
    expect(signature).toMatchObject({ code: 'devices.tampered' });
    const sealed = lyingCollection((answer) => {
      const blob = requireBase64Url(answer.handover, 'handover');
      blob[1 + 1120] = (blob[1 + 1120] ?? 0) ^ 1;
      return { ...answer, handover: encodeBase64Url(blob) };
    });
    expect(await outcomeBehind(sealed)).toMatchObject({ code: 'devices.tampered' });
  });

  it('a server that changes what was approved is refused where the session is of another account', async () => {
    const swapped = lyingCollection((answer) => ({ ...answer, userId: mallory.client.userId }));
    expect(await outcomeBehind(swapped)).toMatchObject({ code: 'devices.tampered' });
  });

  it('a server that changes what was approved is refused where it shows another root', async () => {
    const pinned = await pinnedChain(alice, alice.client.userId);
    const forged = signedStatementJson(
      makeStatement({ ...pinned, seeds: generateSeeds(), previous: newestOf(pinned), now: Date.now() }),
    );
    const fetch = lying(/GET \/v1\/users\/.*keys/, (page: KeyChainJson) => ({
      items: [...page.items, { ...page.items[0], ...forged }],
    }));
    expect(await outcomeBehind(fetch)).toMatchObject({ code: 'devices.tampered' });
  });

  it('a server that changes what was approved is refused where it shows an old vault', async () => {
    await alice.client.keys.rotate();
    const old = lyingCollection((answer) => ({ ...answer, vaultVersion: answer.vaultVersion - 1 }));
    expect(await outcomeBehind(old)).toMatchObject({ code: 'vault.rollback' });
  });

  it('a server that changes what was approved is refused where it says that something is approved that nobody has answered', async () => {
    const liar = lying(STATUS, (status: DeviceStatusJson) => ({ ...status, state: 'approved' }));
    // It has not to wait for what it makes up.
    const fetch: Fetch = (input, init) =>
      liar(server.url + exchangeOf(input, init).path.replace(/\bwait=\d+/, 'wait=0'), init);
    const joining = new Joining(server, alice.loginId, { fetch });
    await expect(joining.done).rejects.toMatchObject({ code: 'devices.tampered' });
  });

  it('a server that changes what was approved leaves no session open that was refused', async () => {
    const before = (await alice.client.sessions.list()).length;
    await outcomeBehind(lyingCollection((answer) => ({ ...answer, handover: flipLast(answer.handover) })));
    expect((await alice.client.sessions.list()).length).toBe(before);
  });
});
