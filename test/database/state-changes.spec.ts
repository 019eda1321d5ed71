import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import { changedTables, contentOfDatabase } from '../support/database-content.js';
import { DeviceApi } from '../support/device-api.js';
import { allWaiting, untilWaitingFor, whileHeld } from '../support/held-locks.js';
import { startProcess, waitFor } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { readDocument, routesOf } from '../support/openapi.js';
import { STATE_CHANGES, type Stage, type StateChange } from '../support/state-changes/index.js';
import { newEscrowHolder } from '../support/vault-key.js';

/** Answered before anything is done, so that the answer tells nothing: see "a claim" in account-reset.spec.ts. */
const DONE_LATER = 'post /v1/auth/reset/claim';

let stage: Stage;

beforeAll(async () => {
  const holder = newEscrowHolder();
  const mail = await MailServer.start();
  const escrow = { SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) };
  // Requests of many users wait for locks at the same time.
  const env = { ...mail.settings(), ...escrow, SEALPOST_DATABASE_POOL_SIZE: '50' };
  const server = await startProcess({ env });
  stage = { server, holder, mail, devices: new DeviceApi(server) };
});

const nameOf = ({ route, variant }: StateChange): string => (variant === undefined ? route : `${route} ${variant}`);
const isDone = ({ done }: StateChange, status: number): boolean =>
  done === undefined ? status < 300 : status === done;
const lockOf = (table: string): string => `LOCK TABLE ${table} IN SHARE MODE`;
const content = () => contentOfDatabase(stage.server);

/** What the erasures of earlier tests have left is deleted in the background. */
async function untilSettled(): Promise<void> {
  const isSwept = async () => (await stage.server.sql('SELECT 1 FROM erased_mailboxes LIMIT 1')).length === 0;
  await waitFor(isSwept, { what: 'the last rows of erased accounts' });
}

beforeEach(untilSettled);

it('Every route that may change something is looked at here', async () => {
  const routes = routesOf(await readDocument(stage.server)).filter(({ method }) => method !== 'GET');
  const looked = new Set([DONE_LATER, ...STATE_CHANGES.map(({ route }) => route)]);
  expect(routes.map(({ name }) => name).filter((name) => !looked.has(name))).toEqual([]);
});

const named = STATE_CHANGES.map((change) => [nameOf(change), change] as const);

it.each(named)(
  '%s, whose connection is cut before any of its writes, is done completely or not at all',
  async (_, change) => {
    const act = await change.prepare(stage);
    const before = await content();
    for (const table of change.tables) {
      const broken = await whileHeld(stage.server, lockOf(table), async () => {
        const answer = act();
        await stage.server.sql('SELECT pg_terminate_backend($1)', [await untilWaitingFor(stage.server, table)]);
        return answer;
      });
      expect([table, broken.status]).toEqual([table, 503]);
      expect(changedTables(before, await content())).toEqual([]);
    }
    const { status } = await act();
    expect([status, isDone(change, status)]).toEqual([status, true]);
    // What it writes besides would not have been looked at.
    expect(changedTables(before, await content())).toEqual([...change.tables].sort());
  },
);

/** What can be under way at the same time, each before its last write. */
function groups(): (readonly [string, readonly StateChange[]])[] {
  const grouped = new Map<string, StateChange[]>();
  for (const change of STATE_CHANGES) {
    const { tables, single, alone } = change;
    if (tables.length === 0) continue;
    const kind = `${single === true ? 'the statement' : 'a transaction'} that writes ${tables.at(-1) ?? ''} last`;
    const name = alone === true ? nameOf(change) : kind;
    grouped.set(name, [...(grouped.get(name) ?? []), change]);
  }
  return [...grouped];
}

describe('The end of the server', () => {
  it.each(groups())('in the middle of %s leaves the old state or the new one', async (_, changes) => {
    const table = changes[0]?.tables.at(-1) ?? '';
    const acts = await Promise.all(changes.map((change) => change.prepare(stage)));
    const before = await content();
    await whileHeld(stage.server, lockOf(table), async () => {
      const answers = acts.map((act) => act().catch(() => 'cut off'));
      const isEveryoneThere = async () => (await allWaiting(stage.server)) === acts.length;
      await waitFor(isEveryoneThere, { what: `${acts.length} transactions that wait` });
      await stage.server.kill();
      expect(await Promise.all(answers)).toEqual(acts.map(() => 'cut off'));
    });
    await stage.server.restart();
    await waitFor(async () => (await allWaiting(stage.server)) === 0, { what: 'the end of what was cut off' });
    const tables = new Set(changes.flatMap((change) => (change.single === true ? change.tables : [])));
    expect(changedTables(before, await content()).filter((name) => !tables.has(name))).toEqual([]);
    const again = await Promise.all(acts.map(async (act) => (await act()).status));
    expect(changes.filter((change, index) => !isDone(change, again[index] ?? 0)).map(nameOf)).toEqual([]);
  });
});
