import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { Database } from './database.js';
import { PrismaClient } from './generated/client.js';

const READY_WITHIN_MS = 2000;
/** Statements beyond these (lists of many lengths) are planned anew each time instead of filling the server's memory. */
const NAMED_STATEMENTS = 300;
const LONGEST_NAMED_STATEMENT = 4000;

/** Names Prisma's statements, so that each connection prepares each only once. An empty name prepares nothing. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size === NAMED_STATEMENTS || sql.length > LONGEST_NAMED_STATEMENT) return '';
    // By content, not by number: behind a pooler several processes share a connection.
    const name = `sp_${createHash('sha256').update(sql).digest('base64url').slice(0, 22)}`;
    names.set(sql, name);
    return name;
  };
}

export class PrismaDatabase extends Database {
  readonly prisma: PrismaClient;

  constructor(
    readonly pool: Pool,
    readonly pipelines: Pool,
  ) {
    super();
    this.prisma = new PrismaClient({
      adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
      // Errors reach the caller; Prisma's own printing of them would show statements.
      log: [],
      errorFormat: 'minimal',
    });
  }

  override async ready(): Promise<boolean> {
    try {
      // pg knows the option for one query, its types do not.
      const query = { text: 'SELECT 1', query_timeout: READY_WITHIN_MS };
      await this.pool.query(query);
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    for (const pool of [this.pool, this.pipelines]) if (!pool.ending) await pool.end();
  }
}
