import pg from 'pg';
import type { ClientConfig } from 'pg';

/** A statement of a hot path, as the server prepares it. */
export interface HotStatement {
  readonly name: string;
  readonly text: string;
}

/** How the connections are set on which a statement runs. */
export interface PlanSetting {
  readonly title: string;
  /** Statements that set the session, where plans are to use indexes whatever the statistics say. */
  readonly set?: string;
  readonly statements: readonly HotStatement[];
}

/** What EXPLAIN says of a statement, without costs. */
export interface Plan {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The plans of a connection that stays open, so that plans are kept as the server keeps them. */
export class PlanReader {
  private constructor(
    private readonly client: pg.Client,
    private readonly setting: PlanSetting,
  ) {}

  /** Prepares the statements, which are planned at the first reading. */
  static async open(connection: ClientConfig, setting: PlanSetting): Promise<PlanReader> {
    const client = new pg.Client(connection);
    await client.connect();
    // The plan of all executions after the first five, whatever their values are.
    await client.query(`${setting.set ?? ''}; SET plan_cache_mode = force_generic_plan; SET jit = off`);
    for (const { name, text } of setting.statements) await client.query(`PREPARE "${name}" AS ${text}`);
    return new PlanReader(client, setting);
  }

  async read(): Promise<Plan[]> {
    const plans: Plan[] = [];
    for (const { name, text } of this.setting.statements) {
      const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      const values = Array.from({ length: count }, () => 'NULL').join(', ');
      const call = `EXPLAIN (COSTS OFF) EXECUTE "${name}"${count === 0 ? '' : `(${values})`}`;
      const { rows } = await this.client.query<{ 'QUERY PLAN': string }>(call);
      plans.push({ name, lines: rows.map((row) => row['QUERY PLAN']) });
    }
    return plans;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** Indexes whose conditions leave any number of rows: what is read by them has to end at a limit. */
const RANGES = /mailbox_entries|_sweep_at_idx/;

/**
 * What is wrong with a plan, because its work would grow with a table or with a mailbox: scans without a condition that
 * an index answers, also as the inner side of a join, and ranges of an index that are read to their end, as they are
 * where what comes out is sorted.
 */
export function faultsOf({ name, lines }: Plan): string[] {
  return lines.flatMap((line, index) => {
    const node = line.trim();
    if (/Seq Scan|Gather/.test(node)) return [`${name}: ${node}`];
    if (!/(?:Index (?:Only )?|Bitmap Index )Scan/.test(node)) return [];
    const condition = lines[index + 1]?.trim() ?? '';
    if (!condition.startsWith('Index Cond:')) return [`${name}: ${node} without a condition`];
    const isRange = RANGES.test(node) && !/sequence = /.test(condition);
    return isRange && !endsAtLimit(lines, index) ? [`${name}: ${node} without a limit`] : [];
  });
}

/** Whether what the node reads goes into a LIMIT as it comes. */
function endsAtLimit(lines: readonly string[], of: number): boolean {
  let depth = depthOf(lines[of]);
  for (const line of lines.slice(0, of).reverse()) {
    if (depthOf(line) >= depth || !/^\s*(?:->|[A-Z])/.test(line) || line.includes(': ')) continue;
    depth = depthOf(line);
    if (/(?:->\s+|^)Limit/.test(line)) return true;
    if (/Sort|Aggregate|WindowAgg|Hash|Bitmap/.test(line)) return false;
  }
  return false;
}

function depthOf(line = ''): number {
  return line.search(/\S/);
}
