import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Sealpost } from '@sealpost/client';
import { writeServiceKey } from '@sealpost/client/node';
import { startServer, type TestServer } from '../support/index.js';
import { deriveAsOthersDo } from '../support/quick-passwords.js';
import { newPerson, outcomeOf, readInbox } from '../support/sdk.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (path: string): Promise<string> => readFile(join(PROJECT, path), 'utf8');

/** Runs node in the root of the repository, as the documents say. */
async function node(args: readonly string[], stdin = ''): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: 'pipe' });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('The programs in the documents', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });

  /** The documents name the addresses of a server that was started without settings. */
  const atTestServer = (program: string): string => {
    expect(program).toContain('http://127.0.0.1:8080');
    return program.replace('http://127.0.0.1:8080', server.url).replace('sealpost.localhost', server.serviceId);
  };

  it('what the documents show of the SDK runs by copy and paste: the first program of the package’s README', async () => {
    const [, program = ''] = /```js\n(import[^]*?)```/.exec(await read('packages/client/README.md')) ?? [];
    const outcome = await node(['--input-type=module'], atTestServer(program));
    expect(outcome).toEqual({ code: 0, output: 'Hello Bob, only you can read this.\n' });
  });

  it('what the documents show of the SDK runs: examples/first-message.mjs', async () => {
    const outcome = await node(['--input-type=module'], atTestServer(await read('examples/first-message.mjs')));
    expect(outcome).toMatchObject({ code: 0, output: expect.stringContaining('Bob reads: Hello Bob') });
  });

  it('what the documents show of the SDK runs: the demo on a running server, which reads nothing', async () => {
    const entries = async (): Promise<unknown> => server.sql('SELECT count(*) FROM mailbox_entries');
    const before = await entries();
    const { code, output } = await node(['scripts/demo.mjs', server.url, server.serviceId]);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output.match(/BOB READS/g)).toHaveLength(3);
    expect(output).toContain('GET /v1/messages, one entry');
    expect(output).toContain('the server could read nothing');
    expect(await entries()).toEqual(before);
  });

  it('what the documents show of the SDK runs: examples/service-account.mjs, twice', async () => {
    const alice = await newPerson(server, 'alice');
    deriveAsOthersDo();
    const service = { url: server.url, serviceId: server.serviceId };
    const { client, key } = await Sealpost.registerServiceAccount({ service, loginId: 'service' });
    await client.close();
    const path = join(server.dataDir, 'service.key');
    await writeServiceKey(path, key);
    const { loginId } = key;
    const run = () => node(['examples/service-account.mjs', path]);
    await alice.client.send(loginId, 'ping');
    expect(await run()).toEqual({ code: 0, output: 'Answered 1\n' });
    expect(await run()).toEqual({ code: 0, output: '' });
    await alice.client.send(loginId, 'pong');
    expect(await run()).toEqual({ code: 0, output: 'Answered 2\n' });
    const own = (await readInbox(alice.client)).filter((entry) => entry.kind === 'message' && !entry.own);
    expect(own.map(outcomeOf)).toEqual(['You said: ping', 'You said: pong']);
  });

  it('docs/sdk.md names every command', async () => {
    const document = await read('docs/sdk.md');
    const { output } = await node(['packages/client/bin/sealpost.js', '--help']);
    const names = output.matchAll(/^ {2}([a-z][a-z-]*(?: [a-z][a-z-]*)*)(?=$| {2}| [A-Z[])/gm);
    const commands = [...names].map(([, command = '']) => command);
    expect(commands).toEqual(expect.arrayContaining(['contacts safety-number', 'messages send']));
    expect(commands.filter((command) => !document.includes(`\`${command}`))).toEqual([]);
  });
});

describe('The demo without a server', () => {
  it('the demo without a server starts one of its own, shows what its database holds, and leaves nothing behind', async () => {
    const { code, output } = await node(['scripts/demo.mjs']);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output.match(/table messages, one row/g)).toHaveLength(3);
    expect(output.match(/occur in what the server holds\? No\./g)).toHaveLength(3);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
    await expect(fetch(url)).rejects.toThrow();
  });
});
