import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemoryStorage } from '@sealpost/client';
import { requireBase64Url } from '@sealpost/protocol';
import { chainOfPin, type ChainPin } from '../../packages/client/src/trust/chain-pin.js';
import { openOwnVault } from '../../packages/client/src/keys/vault-box.js';
import type { SessionRecord } from '../../packages/client/src/state/records.js';
import { startServer, type TestServer } from '../support/index.js';
import { newDevice, newPerson, readTexts, recording, type Person, type SeenExchange } from '../support/sdk.js';

const SUITES = ['sealpost-v1', 'box', 'sealed-box'] as const;

/** Something that must stay on the clients, or (for the counter-check) something that does reach the server. */
interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

/** All the places where the server could have left something, as bytes. */
interface Places {
  readonly requests: Buffer;
  readonly logs: Buffer;
  readonly tables: Buffer;
  /** Empty with an external database, whose files belong to somebody else. */
  readonly files: readonly Buffer[];
}

function formsOf({ bytes }: Canary): Buffer[] {
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const forms = [
    bytes,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    base64,
    bytes.toString('base64url'),
  ];
  return forms.map((form) => Buffer.from(form));
}

function placesWith(canary: Canary, { requests, logs, tables, files }: Places): string[] {
  const forms = formsOf(canary);
  const holds = (place: Buffer): boolean => forms.some((form) => place.includes(form));
  const all: [string, boolean][] = [
    ['requests', holds(requests)],
    ['logs', holds(logs)],
    ['tables', holds(tables)],
    ['files', files.some(holds)],
  ];
  return all.flatMap(([name, found]) => (found ? [name] : []));
}

async function privateKeysOf(person: Person): Promise<Canary[]> {
  const read = async <T>(storage: MemoryStorage, key: string): Promise<T> =>
    JSON.parse((await storage.get(key)) ?? 'null') as T;
  const session = await read<SessionRecord>(person.storage, 'session');
  const pin = await read<ChainPin>(person.storage, `chain/${person.client.userId}`);
  const vaultKey = requireBase64Url(session.vaultKey, 'vaultKey');
  const { content } = openOwnVault(vaultKey, session, chainOfPin(pin), 1);
  const seeds = content.keys.flatMap(({ version, signSeed, boxSeed, kemSeed }) => [
    { name: `signSeed ${version}`, bytes: Buffer.from(signSeed) },
    { name: `boxSeed ${version}`, bytes: Buffer.from(boxSeed) },
    { name: `kemSeed ${version}`, bytes: Buffer.from(kemSeed) },
  ]);
  return [{ name: 'vault key', bytes: Buffer.from(vaultKey) }, ...seeds];
}

async function tablesOf(server: TestServer): Promise<Buffer> {
  const tables = await server.sql<{ name: string }>(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dumps: string[] = [];
  for (const { name } of tables) {
    const rows = await server.sql<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
    dumps.push(...rows.map(({ row }) => row));
  }
  return Buffer.from(dumps.join('\n'));
}

async function filesUnder(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))));
}

describe('Secrets on the server', () => {
  const seen: SeenExchange[] = [];
  const texts: Canary[] = [];
  let server: TestServer;
  let people: Person[];
  let places: Places;

  beforeAll(async () => {
    server = await startServer();
    const fetch = recording(seen);
    const alice = await newPerson(server, 'alice', { fetch });
    const bob = await newPerson(server, 'bob', { fetch });
    people = [alice, bob];
    for (let generation = 1; generation <= 3; generation++) {
      for (const suite of SUITES) {
        const text = `canary ${randomBytes(12).toString('hex')}`;
        texts.push({ name: `text ${generation} ${suite}`, bytes: Buffer.from(text) });
        await alice.client.send(bob.loginId, text, { suite });
      }
      await bob.client.keys.rotate();
      await alice.client.keys.rotate();
    }
    expect(await readTexts(await newDevice(server, bob, { fetch }))).toHaveLength(9);
    const tables = await tablesOf(server);
    // Everything is on the disk once the database has stopped.
    await server.stop();
    places = {
      requests: Buffer.from(seen.map(({ path, body }) => `${path}\n${body}`).join('\n')),
      logs: Buffer.from(server.logs()),
      tables,
      files: server.databaseUrl === undefined ? await filesUnder(server.dataDir) : [],
    };
  });

  it('after Alice and Bob have written to each other, no message, password, recovery word list or private key is anywhere on the server or on its way there', async () => {
    const secrets = [...texts];
    for (const person of people) {
      secrets.push({ name: 'password', bytes: Buffer.from(person.password) });
      secrets.push({ name: 'recovery words', bytes: Buffer.from(person.recoveryWords) });
      secrets.push(...(await privateKeysOf(person)));
    }
    expect(secrets).toHaveLength(9 + 2 * (2 + 1 + 4 * 3));
    const found = secrets.map((secret) => [secret.name, placesWith(secret, places)]);
    expect(found).toEqual(secrets.map(({ name }) => [name, []]));
  });

  it('the search for secrets on the server finds what is there', async () => {
    const [alice] = people;
    const sent = seen.find(({ method, path }) => method === 'POST' && path === '/v1/messages');
    const { ciphertext } = JSON.parse(sent?.body ?? '{}') as { ciphertext: string };
    const embedded = server.databaseUrl === undefined ? ['files'] : [];
    const loginId = { name: 'loginId', bytes: Buffer.from(alice?.loginId ?? '') };
    expect(placesWith(loginId, places)).toEqual(['requests', 'tables', ...embedded]);
    // Whole in requests and tables; a file has it in pieces, of which the first is enough.
    const bytes = Buffer.from(requireBase64Url(ciphertext, 'ciphertext'));
    expect(placesWith({ name: 'ciphertext', bytes }, places).slice(0, 2)).toEqual(['requests', 'tables']);
    const piece = { name: 'ciphertext', bytes: bytes.subarray(0, 500) };
    expect(placesWith(piece, places).filter((place) => place === 'files')).toEqual(embedded);
    const line = { name: 'log line', bytes: Buffer.from('/v1/messages') };
    expect(placesWith(line, places)).toContain('logs');
  });
});
