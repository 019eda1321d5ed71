import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { ColumnType, SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import type { ClientConfig, QueryArrayConfig, QueryArrayResult } from 'pg';

export type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

export const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** PostgreSQL's type "char", which its catalogues use and Prisma's adapter cannot read, and the type it can. */
const CHAR_OID = 18;
const TEXT_OID = 25;

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** The types of Node 20 do not have it. */
interface WebAssemblyRuntime {
  instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

/** The engine never clears the timer of ten seconds with which it waits for its lock; it must not keep the process. */
function patientImports(): Record<string, unknown> {
  const imports: Record<string, unknown> = { ...bindings };
  for (const [name, value] of Object.entries(imports)) {
    if (!name.startsWith('__wbg_setTimeout')) continue;
    const setTimer = value as (...parameters: unknown[]) => NodeJS.Timeout;
    imports[name] = (...parameters: unknown[]) => setTimer(...parameters).unref();
  }
  return imports;
}

/** Prisma's schema engine is WebAssembly without a loader for Node, so it is loaded here, once. */
async function loadEngine(): Promise<void> {
  const packaged = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const code = await readFile(join(dirname(packaged), 'schema_engine_bg.wasm'));
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyRuntime };
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': patientImports() });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  (start as () => void)();
  const panics = { set_message: (message: string) => process.stderr.write(`The schema engine failed: ${message}\n`) };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
}

let loaded: Promise<void> | null = null;

/**
 * Repairs what keeps Prisma's adapter from carrying the engine: it cannot read "char" columns, and executeScript cuts
 * the script at every semicolon, also inside functions, and runs the pieces one by one.
 */
function repair(adapter: PgAdapter): PgAdapter {
  const pool = adapter.underlyingDriver();
  const send = pool.query.bind(pool) as (query: QueryArrayConfig | string) => Promise<QueryArrayResult>;
  let charColumns = new Set<number>();
  const query = async (config: QueryArrayConfig | string): Promise<QueryArrayResult> => {
    const result = await send(config);
    const fields = result.fields
      .map((field, index) => ({ field, index }))
      .filter(({ field }) => field.dataTypeID === CHAR_OID);
    charColumns = new Set(fields.map(({ index }) => index));
    for (const { field } of fields) field.dataTypeID = TEXT_OID;
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    client: Object.assign(pool, { query }),
    queryRaw: async (statement: Parameters<SqlDriverAdapter['queryRaw']>[0]) => {
      const result = await queryRaw(statement);
      const asCharacter = (type: ColumnType, index: number): ColumnType =>
        charColumns.has(index) ? ColumnTypeEnum.Character : type;
      return { ...result, columnTypes: result.columnTypes.map(asCharacter) };
    },
    executeScript: async (script: string) => {
      await send(script);
    },
  });
}

function onDatabase(connection: ClientConfig, database: string): ClientConfig {
  if (connection.connectionString === undefined) return { ...connection, database };
  const url = new URL(connection.connectionString);
  url.pathname = `/${database}`;
  return { ...connection, connectionString: url.href };
}

async function runAlone(connection: ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Every statement of the engine goes over one connection, so that its session lock is freed with it. */
async function openAdapter(connection: ClientConfig): Promise<PgAdapter> {
  const config: pg.PoolConfig = { ...connection, max: 1, idleTimeoutMillis: 0 };
  return repair(await new PrismaPg(config).connect());
}

/** In place of the adapter's own, which leaves a connection open and takes the name of the database from a URL. */
async function openShadow(connection: ClientConfig): Promise<PgAdapter> {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`;
  await runAlone(connection, `CREATE DATABASE "${database}"`);
  const adapter = await openAdapter(onDatabase(connection, database));
  const dispose = adapter.dispose.bind(adapter);
  return Object.assign(adapter, {
    dispose: async () => {
      await dispose();
      await runAlone(connection, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
    },
  });
}

function adapterFactory(connection: ClientConfig, open: PgAdapter[]): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = new PrismaPg(connection);
  const keep = (adapter: PgAdapter): PgAdapter => {
    open.push(adapter);
    return adapter;
  };
  return {
    provider,
    adapterName,
    connect: async () => keep(await openAdapter(connection)),
    connectToShadowDb: async () => keep(await openShadow(connection)),
  };
}

/**
 * Runs `use` with Prisma's schema engine on a database whose user may create others (for the shadow database, in which
 * the engine replays the migrations). For development and tests only: it is not installed where the server runs.
 */
export async function withSchemaEngine<T>(
  connection: ClientConfig,
  schema: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  await (loaded ??= loadEngine());
  const open: PgAdapter[] = [];
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(connection, open));
  const engine = await bindings.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => undefined, factory);
  try {
    return await use(engine);
  } finally {
    engine.free();
    for (const adapter of open.reverse()) await adapter.dispose().catch(() => undefined);
  }
}

export function schemaFiles(schema: string): SchemasContainer {
  return { files: [{ path: 'schema.prisma', content: schema }] };
}

/** prisma/migrations as the engine wants it. */
export async function listMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (path) => {
      const value = await readFile(join(folder, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8');
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}
