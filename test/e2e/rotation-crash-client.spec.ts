import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCrashingClient } from '../support/crashing-client.js';
import { startServer, type TestServer } from '../support/index.js';
import { makeMortalAccount, type MortalAccount } from '../support/life-after-crash.js';

/** More than any act has; one that never comes to its end must not run for ever. */
const MOST_STEPS = 60;

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'sealpost-crash-'));
}, 180_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Every step of an act, in turn: the client dies there, and at the same step of its next attempt; then it goes on. */
async function dieEverywhere(account: MortalAccount, act: string, before?: () => Promise<unknown>): Promise<string[]> {
  const deaths: string[] = [];
  for (let dieAt = 0; dieAt < MOST_STEPS; dieAt++) {
    await before?.();
    const run = { folder: account.folder, act, dieAt };
    const death = await runCrashingClient(server, run);
    if (death === null) return deaths;
    deaths.push(death.replace(/^\d+ /, ''));
    await runCrashingClient(server, run);
    await account.expectAlive();
  }
  throw new Error('The act has no end');
}

const requested = (what: string): string[] => [
  `before ${what}`,
  `before the answer to ${what} is read`,
  `after the answer to ${what} was read`,
];
/** What the client shares with the user's others when it closes; how much of others is news to it varies. */
const isSharing = (death: string): boolean => /\/v1\/state\b|commit of (?:known|shared-state)/.test(death);
const committed = (what: string): string[] => [`before the commit of ${what}`, `after the commit of ${what}`];

describe('A client that is killed in the middle of a rotation', () => {
  it('at any step, and again on its next attempt, opens with the old or the new keys and goes on', async () => {
    const deaths = await dieEverywhere(await makeMortalAccount(server, folder, 'rotating'), 'rotate');
    expect(deaths.some(isSharing)).toBe(true);
    expect(deaths.filter((death) => !isSharing(death))).toEqual([
      ...committed('rotation'),
      ...requested('GET /v1/service'),
      ...requested('POST /v1/keys'),
      ...committed('chain'),
      ...committed('rotation, account, session'),
    ]);
  }, 600_000);

  it('that comes second loses nothing either: it takes the newer vault over at any step', async () => {
    const account = await makeMortalAccount(server, folder, 'coming-second');
    const deaths = await dieEverywhere(account, 'rotate', () => account.person.client.keys.rotate());
    const userId = account.person.client.userId;
    expect(deaths.filter((death) => !isSharing(death))).toEqual([
      ...committed('rotation'),
      ...requested('GET /v1/service'),
      ...requested('POST /v1/keys'),
      ...committed('rotation'),
      ...requested('GET /v1/vault'),
      ...requested(`GET /v1/users/${userId}/keys`),
      ...committed('chain'),
      ...committed('account, session'),
      ...committed('rotation'),
      ...requested('POST /v1/keys'),
      ...committed('chain'),
      ...committed('rotation, account, session'),
    ]);
  }, 600_000);
});
