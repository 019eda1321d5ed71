import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import { changedTables, contentOfDatabase } from '../support/database-content.js';
import { DeviceApi } from '../support/device-api.js';
import { allWaiting, cutWaitingFor, whileHeld } from '../support/held-locks.js';
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
const lockOf = (tables: readonly string[]): string => `LOCK TABLE ${tables.join(', ')} IN SHARE MODE`;
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
      const broken = await whileHeld(stage.server, lockOf([table]), async (_, holder) => {
        const answer = act();
        await cutWaitingFor(table, holder);
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

const lastOf = ({ tables }: StateChange): string => tables.at(-1) ?? '';

/** Whether both come to their last writes while those of the other are held up. */
function fitTogether(one: StateChange, other: StateChange): boolean {
  const isAlike = one.single === other.single && !(one.alone === true && other.alone === true);
  const passes = (by: StateChange, held: StateChange): boolean => !by.tables.slice(0, -1).includes(lastOf(held));
  return isAlike && passes(one, other) && passes(other, one);
}

/** What is under way at the same time, each before its last write: each end of the server costs a start of it. */
function rounds(): (readonly [string, readonly StateChange[]])[] {
  const found: StateChange[][] = [];
  for (const change of STATE_CHANGES.filter(({ tables }) => tables.length > 0)) {
    const round = found.find((changes) => changes.every((other) => fitTogether(change, other)));
    if (round === undefined) found.push([change]);
    else round.push(change);
  }
  return found.map((changes) => [[...new Set(changes.map(lastOf))].join(', '), changes]);
}

describe('The end of the server', () => {
  it.each(rounds())(
    'the end of the server in the middle of what writes %s last leaves the old state or the new one',
    async (_, changes) => {
      const acts = await Promise.all(changes.map((change) => change.prepare(stage)));
      const before = await content();
      await whileHeld(stage.server, lockOf([...new Set(changes.map(lastOf))]), async () => {
        const answers = acts.map((act) => act().catch(() => 'cut off'));
        // What the server does by itself may wait as well.
        const isEveryoneThere = async () => (await allWaiting(stage.server)) >= acts.length;
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
    },
  );
});
