import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExportLine, Fetch } from '@sealpost/client';
import { exportToFile } from '@sealpost/client/node';
import { CommandLine, jsonLines } from '../support/command-line.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import { newPeople, newPerson, restarted, type Person } from '../support/sdk.js';

let server: RunningServer;
let folder: string;
let alice: Person;
const program = await CommandLine.create();

beforeAll(async () => {
  server = await sharedServer();
  folder = await mkdtemp(join(tmpdir(), 'sealpost-export-'));
  const people = await newPeople(server, ['alice', 'bob']);
  alice = people[0]!;
  for (let count = 0; count < 12; count++) await alice.client.send(people[1]!.loginId, `Message ${count}`);
  // Otherwise it is stored a moment later, between two exports that are compared.
  await alice.client.sharedState.sync();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(lines: AsyncIterable<ExportLine>): Promise<ExportLine[]> {
  const all: ExportLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** A network that cuts every answer of an export after so many bytes. */
function cutting(bytes: number): { readonly fetch: Fetch; readonly cuts: () => number } {
  let cuts = 0;
  const cut: Fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (pathname !== '/v1/account/export' || response.body === null) return response;
    let left = bytes;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          controller.enqueue(chunk.slice(0, left));
          left -= chunk.length;
          if (left > 0) return;
          cuts += 1;
          controller.error(new TypeError('the connection was cut'));
        },
      }),
    );
    return new Response(body, { status: response.status, headers: response.headers });
  };
  return { fetch: cut, cuts: () => cuts };
}

const withoutTimes = (lines: readonly ExportLine[]): unknown[] =>
  lines
    .filter(({ kind, data }) => kind !== 'header' && !(kind === 'event' && data?.['kind'] === 'exported'))
    .map(({ kind, data }) => [kind, kind === 'session' ? data?.['id'] : data]);

describe('client.account.export()', () => {
  it('client.account.export() reads line by line, and comes to the end through a network that cuts every answer', async () => {
    const lines = await read(alice.client.account.export());
    expect(lines[0]?.kind).toBe('header');
    expect(lines.at(-1)?.kind).toBe('end');
    const network = cutting(40_000);
    const device = await restarted(server, alice, { fetch: network.fetch });
    const cut = await read(device.account.export());
    expect(network.cuts()).toBeGreaterThan(2);
    expect(withoutTimes(cut)).toEqual(withoutTimes(lines));
  });

  it('client.account.export() goes on after a line that was kept', async () => {
    const lines = await read(alice.client.account.export());
    const { cursor } = lines[5]!;
    const rest = await read(alice.client.account.export({ after: cursor! }));
    expect(rest.map(({ json }) => json)).toEqual(lines.slice(6).map(({ json }) => json));
  });

  it('client.account.export() gives up where the server refuses, and where the caller does', async () => {
    await expect(read(alice.client.account.export({ after: 'AAAAAAAAAAAAAAAAAAAAAAAAAA' }))).rejects.toMatchObject({
      code: 'request.invalid',
    });
    const signal = AbortSignal.abort();
    await expect(read(alice.client.account.export({ signal }))).rejects.toBe(signal.reason);
    // Their places are free again.
    for (let count = 0; count < 3; count++) {
      for await (const { kind } of alice.client.account.export()) if (kind === 'vault') break;
    }
    expect((await read(alice.client.account.export())).at(-1)?.kind).toBe('end');
  });
});

describe('exportToFile()', () => {
  it('exportToFile() continues a file that was cut anywhere, and leaves a complete one as it is', async () => {
    const path = join(folder, 'alice.jsonl');
    const counts = await exportToFile(alice.client, path);
    const whole = await readFile(path, 'utf8');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(whole.split('\n').length - 3);
    for (const length of [whole.length - 3, Math.floor(whole.length / 2), whole.indexOf('\n') + 20]) {
      await truncate(path, length);
      expect(await exportToFile(alice.client, path)).toEqual(counts);
      expect(await readFile(path, 'utf8')).toBe(whole);
    }
    expect(await exportToFile(alice.client, path)).toEqual(counts);
    expect(await readFile(path, 'utf8')).toBe(whole);
    await truncate(path, 10);
    await exportToFile(alice.client, path);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(whole.split('\n').length + 1);
  });

  it('exportToFile() does not touch what is no export of this account', async () => {
    const [foreign, other] = [join(folder, 'mallory.jsonl'), join(folder, 'notes.txt')];
    await exportToFile((await newPerson(server, 'mallory')).client, foreign);
    await writeFile(other, 'Buy milk\nand bread');
    for (const path of [foreign, other]) {
      const before = await readFile(path, 'utf8');
      await expect(exportToFile(alice.client, path)).rejects.toMatchObject({ code: 'client.invalid-argument' });
      expect(await readFile(path, 'utf8')).toBe(before);
    }
  });
});

describe('sealpost export', () => {
  it('sealpost export writes a file, and continues it', async () => {
    const service = ['--url', server.url, '--service-id', server.serviceId, '--password-stdin'];
    await program.expectDone('carol', ['register', 'carol-exports', ...service], 'a password of quite nobody\n');
    const path = join(folder, 'carol.jsonl');
    expect(await program.expectDone('carol', ['account', 'export', path])).toContain('Exported ');
    const whole = await readFile(path, 'utf8');
    await truncate(path, Math.floor(whole.length / 2));
    const [outcome] = jsonLines(await program.expectDone('carol', ['account', 'export', path, '--json']));
    expect(outcome).toMatchObject({ file: path, counts: { account: 1, vault: 1 } });
    expect(await readFile(path, 'utf8')).toBe(whole);
  });
});
