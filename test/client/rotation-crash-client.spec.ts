import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import { FileStorage } from '@sealpost/client/node';
import { runCrashingClient } from '../support/crashing-client.js';
import { dieAtStep } from '../support/dying-client.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import { makeMortalAccount, type MortalAccount } from '../support/life-after-crash.js';

/** More than any act has; one that never comes to its end must not run for ever. */
const MOST_STEPS = 30;

let server: RunningServer;
let folder: string;

beforeAll(async () => {
  server = await sharedServer();
  folder = await mkdtemp(join(tmpdir(), 'sealpost-crash-'));
}, 180_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the act with a client that dies at this step, and says which one that was; null where it has no such step. */
type Run = (account: MortalAccount, dieAt: number) => Promise<string | null>;

/** In a process of its own, which is killed. */
const killed: Run = ({ folder: own }, dieAt) => runCrashingClient(server, { folder: own, act: 'rotate', dieAt });

/** In this process, which costs a fraction of that, and leaves the same behind. */
const stopped: Run = async ({ folder: own }, dieAt) => {
  const storage = await FileStorage.open(own);
  try {
    const death = await dieAtStep(dieAt, storage, async (mortality) => {
      const service = { url: server.url, serviceId: server.serviceId };
      const client = await Sealpost.open({ service, ...mortality });
      await client.keys.rotate();
      await client.close();
    });
    return death?.replace(/ \(\d+\)$/, '') ?? null;
  } finally {
    await storage.close();
  }
};

/** After so many deaths another account goes on: what one has gone through makes each further round slower. */
const DEATHS_OF_ONE = 8;

/** Every step of an act, in turn: the client dies there, and at the same step of its next attempt; then it goes on. */
async function dieEverywhere(name: string, before?: (account: MortalAccount) => Promise<unknown>): Promise<string[]> {
  const deaths: string[] = [];
  for (let dieAt = 0, account: MortalAccount | undefined; dieAt < MOST_STEPS; dieAt++) {
    if (dieAt % DEATHS_OF_ONE === 0) account = undefined;
    account ??= await makeMortalAccount(server, folder, `${name}-${dieAt}`);
    await before?.(account);
    const death = await stopped(account, dieAt);
    if (death === null) return deaths;
    deaths.push(death);
    await stopped(account, dieAt);
    await account.expectAlive();
  }
  throw new Error('The act has no end');
}

const committed = (what: string): string => `the commit of ${what}`;
/** A new process has no nonce for the proofs of its session: the first answer brings it one, and it asks again. */
const provenAnew = (what: string): string[] => [what, what];
/** What the client shares with the user's others when it closes; how much of others is news to it varies. */
const isSharing = (death: string): boolean =>
  /\/v1\/state\b|commit of (?:known|shared-state|state-warning|share-due|trust)/.test(death);

/** At the first commit, at the request and its answer, and at the last commit. */
const KILLED_AT = [1, 9, 10, 13];

describe('A client killed in a rotation', () => {
  it('a client that is killed in the middle of a rotation as a process, and again on its next attempt, opens with the old or the new keys and goes on', async () => {
    const account = await makeMortalAccount(server, folder, 'killed');
    for (const dieAt of KILLED_AT) {
      expect([dieAt, await killed(account, dieAt)]).toEqual([dieAt, expect.any(String)]);
      await killed(account, dieAt);
      await account.expectAlive();
    }
  }, 300_000);

  it('a client that is killed in the middle of a rotation at any step, and again on its next attempt, opens with the old or the new keys and goes on', async () => {
    const deaths = await dieEverywhere('rotating');
    expect(deaths.some(isSharing)).toBe(true);
    expect(deaths.filter((death) => !isSharing(death))).toEqual([
      committed('rotation'),
      ...provenAnew('POST /v1/keys'),
      committed('chain'),
      committed('rotation, account, session'),
    ]);
  }, 600_000);

  it('a client that is killed in the middle of a rotation that comes second loses nothing either: it takes the newer vault over at any step', async () => {
    const deaths = await dieEverywhere('coming-second', ({ person }) => person.client.keys.rotate());
    expect(deaths.filter((death) => !isSharing(death))).toEqual([
      committed('rotation'),
      ...provenAnew('POST /v1/keys'),
      committed('rotation'),
      committed('chain'),
      committed('account, session'),
      committed('rotation'),
      'POST /v1/keys',
      committed('chain'),
      committed('rotation, account, session'),
    ]);
  }, 600_000);
});
