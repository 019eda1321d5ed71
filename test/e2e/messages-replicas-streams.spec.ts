import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { EventStreamReader } from '../support/event-stream.js';
import { sendMessage } from '../support/messages-api.js';
import { startReplica } from '../support/replica.js';
import { scrape } from '../support/scrape.js';

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = 'sealpost-listener' AND datname = current_database()`;

describe('A stream at another replica', () => {
  let first: TestServer;
  let second: TestServer;
  let alice: TestUser;
  let bob: TestUser;

  beforeAll(async () => {
    first = await startServer();
    second = await startReplica(first, { env: { SEALPOST_METRICS_PORT: '0' } });
    [alice, bob] = await Promise.all([registerUser(first), registerUser(second)]);
  });

  const send = async () =>
    expect((await sendMessage(first, alice, unreadableMessage(alice.identity, [bob.identity]))).status).toBe(201);
  const value = async (name: string) => (await scrape(second)).value(`sealpost_messages_${name}`);

  it('a stream at another replica hears of new messages by a notification', async () => {
    await waitFor(async () => (await value('listener_connected')) === 1);
    const before = await value('hints_received_total');
    const stream = await EventStreamReader.open(second, { token: bob.token });
    await send();
    await stream.arrived(1);
    expect(await value('hints_received_total')).toBeGreaterThan(before);
    stream.close();
  });

  it('a stream at another replica misses nothing while the connection that listens is cut again and again', async () => {
    const stream = await EventStreamReader.open(second, { token: bob.token, after: 1 });
    for (let round = 0; round < 5; round++) {
      await Promise.all([first.sql(CUT), send(), send(), send()]);
      await Promise.all([send(), send()]);
    }
    await stream.arrived(25);
    expect(stream.sequences).toEqual(Array.from({ length: 25 }, (_, index) => index + 2));
    await waitFor(async () => (await value('listener_connected')) === 1);
    await send();
    await stream.arrived(26);
    stream.close();
  });

  it('a stream at another replica brings what both replicas send, in one order', async () => {
    const stream = await EventStreamReader.open(second, { token: bob.token, after: 27 });
    const bodies = Array.from({ length: 60 }, () => unreadableMessage(alice.identity, [bob.identity]));
    await Promise.all(bodies.map((body, index) => sendMessage(index % 2 === 0 ? first : second, alice, body)));
    const entries = await stream.arrived(60);
    expect(stream.sequences).toEqual(Array.from({ length: 60 }, (_, index) => index + 28));
    expect(new Set(entries.map(({ id }) => id))).toEqual(new Set(bodies.map(({ id }) => id)));
    stream.close();
  });
});
