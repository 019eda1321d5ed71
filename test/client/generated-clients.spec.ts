import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshUuid, registerUser, sharedServer } from '../support/index.js';

const run = promisify(execFile);

/** Everything strict, and no type left out: what the generators write has to hold as it is. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'node20',
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
    rootDir: '.',
    outDir: 'compiled',
  },
  include: ['*/program.ts'],
};

const ORVAL = { service: { input: '../openapi.json', output: { target: 'generated.ts', client: 'fetch' } } };

interface Generator {
  readonly name: string;
  /** Its program inside its package. */
  readonly bin: string;
  readonly args: readonly string[];
  /** What a program of an integrator looks like: it reads the service's facts, a mailbox, and a refusal. */
  readonly program: string;
}

const BEGIN = 'const [, , url = "", token = "", unknown = ""] = process.argv;\nasync function main() {';
const END = 'console.log(JSON.stringify([service, position, code]));\n}\nvoid main();';

const GENERATORS: readonly Generator[] = [
  {
    name: 'openapi-typescript',
    bin: 'openapi-typescript/bin/cli.js',
    args: ['../openapi.json', '--output', 'schema.ts'],
    program: `
      import createClient from 'openapi-fetch';
      import type { paths } from './schema';
      ${BEGIN}
      const client = createClient<paths>({ baseUrl: url, headers: { authorization: \`Bearer \${token}\` } });
      const service: string | undefined = (await client.GET('/v1/service')).data?.serviceId;
      const position: number | undefined = (await client.GET('/v1/messages')).data?.lastSequence;
      const missing = await client.GET('/v1/messages/{id}', { params: { path: { id: unknown } } });
      const code = missing.error?.code;
      ${END}`,
  },
  {
    name: '@hey-api/openapi-ts',
    bin: '@hey-api/openapi-ts/bin/run.js',
    args: ['--input', '../openapi.json', '--output', 'generated', '--client', '@hey-api/client-fetch', '--silent'],
    program: `
      import { client } from './generated/client.gen';
      import { getMessage, getService, listMessages } from './generated/sdk.gen';
      ${BEGIN}
      client.setConfig({ baseUrl: url, auth: () => token });
      const service: string | undefined = (await getService()).data?.serviceId;
      const position: number | undefined = (await listMessages()).data?.lastSequence;
      const code = (await getMessage({ path: { id: unknown } })).error?.code;
      ${END}`,
  },
  {
    name: 'orval',
    bin: 'orval/dist/bin/orval.js',
    args: ['--config', 'orval.config.cjs'],
    program: `
      import { getMessage, getService, listMessages } from './generated';
      ${BEGIN}
      const fetchRelative = globalThis.fetch;
      globalThis.fetch = (path, init) => fetchRelative(url + path, init);
      const options = { headers: { authorization: \`Bearer \${token}\` } };
      const facts = await getService();
      const service: string | null = facts.status === 200 ? facts.data.serviceId : null;
      const inbox = await listMessages(undefined, options);
      const position: number | null = inbox.status === 200 ? inbox.data.lastSequence : null;
      const missing = await getMessage(unknown, options);
      const code = missing.status === 404 ? missing.data.code : null;
      ${END}`,
  },
  {
    name: 'swagger-typescript-api',
    bin: 'swagger-typescript-api/dist/cli.mjs',
    args: ['generate', '--path', '../openapi.json', '--name', 'generated.ts', '--silent'],
    program: `
      import { Api } from './generated';
      ${BEGIN}
      const api = new Api({ baseUrl: url, baseApiParams: { headers: { authorization: \`Bearer \${token}\` } } });
      const service: string = (await api.v1.getService()).data.serviceId;
      const position: number = (await api.v1.listMessages()).data.lastSequence;
      const code = await api.v1.getMessage(unknown).then(() => null, (refused) => refused.error.code);
      ${END}`,
  },
];

/** One folder for each generator, beside the document. */
let folder: string;
let service: Awaited<ReturnType<typeof sharedServer>>;
let token: string;

const folderOf = (name: string): string => join(folder, name.replace('/', '-'));

/** What a library's program prints where it fails. */
function faultsOf(cwd: string, bin: string, args: readonly string[]): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, [resolve('node_modules', bin), ...args], { cwd }, (error, stdout, stderr) => {
      done(error === null ? '' : `${bin}: ${stdout}${stderr}`);
    });
  });
}

beforeAll(async () => {
  service = await sharedServer();
  ({ token } = await registerUser(service));
  folder = await mkdtemp(join(tmpdir(), 'generated-clients-'));
  await writeFile(join(folder, 'openapi.json'), await (await fetch(`${service.url}/openapi.json`)).text());
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  // Where the generated code finds its libraries.
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  for (const { name, bin, args, program } of GENERATORS) {
    await mkdir(folderOf(name));
    await writeFile(join(folderOf(name), 'program.ts'), program);
    await writeFile(join(folderOf(name), 'orval.config.cjs'), `module.exports = ${JSON.stringify(ORVAL)};`);
    expect(await faultsOf(folderOf(name), bin, args)).toBe('');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('Generated clients', () => {
  it('the clients that generators make of the API description compile strictly', async () => {
    expect(await faultsOf(folder, 'typescript/bin/tsc', [])).toBe('');
  });

  it.each(GENERATORS.map(({ name }) => name))(
    'the clients that generators make of the API description talk to the service: %s',
    async (name) => {
      const program = join(folder, 'compiled', name.replace('/', '-'), 'program.js');
      const { stdout } = await run(process.execPath, [program, service.url, token, freshUuid()]);
      expect(JSON.parse(stdout)).toEqual([service.serviceId, 0, 'messages.not-found']);
    },
  );
});
