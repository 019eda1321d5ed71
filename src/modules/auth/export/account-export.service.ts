import { Injectable } from '@nestjs/common';
import { EXPORT_FORMAT } from '@sealpost/protocol';
import type { ExportEndJson, ExportHeaderJson, ExportLineJson } from '@sealpost/protocol';
import pLimit from 'p-limit';
import { AccountExports, AccountLifecycle } from '../../../core/accounts/index.js';
import type { Actor, ExportSection } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { Settings } from '../../../core/config/index.js';
import { Transactions } from '../../../core/database/index.js';
import type { Caller } from '../../../core/http/index.js';
import { AccountLimitsService } from '../limits/account-limits.service.js';
import { exportCursorRefused, tooManyExports } from '../shared/auth.errors.js';
import { ExportCursors } from './export-cursors.service.js';
import type { ExportPosition } from './export-cursors.service.js';

const MOST_AT_ONCE = 2;
const READS_AT_ONCE = 2;

/** An export that has a place among those of its account. */
export interface OpenExport {
  /** One line of JSON after the other, each with its line feed. Nothing is read ahead of what is asked for. */
  readonly lines: AsyncGenerator<string, void, void>;
  /** Gives the place back. Must be called once. */
  readonly close: () => void;
}

/** What the sections hand out of an account, one after the other. */
@Injectable()
export class AccountExportService {
  private readonly open = new Map<string, number>();
  /** All exports of this process together leave the database to everybody else. */
  private readonly readInTurn = pLimit(READS_AT_ONCE);

  constructor(
    private readonly exports: AccountExports,
    private readonly cursors: ExportCursors,
    private readonly transactions: Transactions,
    private readonly lifecycle: AccountLifecycle,
    private readonly limits: AccountLimitsService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins an export, or goes on with one after a cursor. That one was begun is in the history of the account.
   * @throws auth.too-many-exports, request.rate-limited; request.invalid for a cursor that is not of this user's exports
   */
  async begin(caller: Caller, actor: Actor, cursor: Uint8Array | undefined): Promise<OpenExport> {
    const { userId } = caller;
    const position = cursor === undefined ? null : this.positionOf(userId, cursor);
    const close = this.take(userId);
    try {
      if (position === null) {
        await this.limits.take('export', userId);
        await this.transactions.run((tx) => this.lifecycle.happened(tx, { kind: 'exported', userId, actor }));
      }
      return { lines: this.lines(userId, position), close };
    } catch (error) {
      close();
      throw error;
    }
  }

  private positionOf(userId: string, cursor: Uint8Array): ExportPosition {
    const position = this.cursors.open(userId, cursor);
    // A module that was there when the cursor was made may be gone.
    if (!this.exports.sections.some(({ kind }) => kind === position.kind)) throw exportCursorRefused();
    return position;
  }

  private take(userId: string): () => void {
    const count = this.open.get(userId) ?? 0;
    if (count >= MOST_AT_ONCE) throw tooManyExports();
    this.open.set(userId, count + 1);
    return () => {
      const left = (this.open.get(userId) ?? 0) - 1;
      if (left > 0) this.open.set(userId, left);
      else this.open.delete(userId);
    };
  }

  private async *lines(userId: string, from: ExportPosition | null): AsyncGenerator<string, void, void> {
    const { sections } = this.exports;
    const counts: Record<string, number> = { ...from?.counts };
    if (from === null) yield this.header(userId, sections);
    const start = from === null ? 0 : sections.findIndex(({ kind }) => kind === from.kind);
    for (const [index, section] of sections.slice(start).entries()) {
      yield* this.section(userId, section, index === 0 ? (from?.after ?? null) : null, counts);
    }
    yield lineOf({ kind: 'end', counts } satisfies ExportEndJson);
  }

  /** Its cursor leads to the beginning of the first section. */
  private header(userId: string, [first]: readonly ExportSection[]): string {
    const cursor = this.cursors.seal(userId, { kind: first?.kind ?? '', after: null, counts: {} });
    const { serviceId } = this.settings;
    const header: ExportHeaderJson = {
      kind: 'header',
      format: EXPORT_FORMAT,
      serviceId,
      userId,
      begunAt: this.clock.now(),
      cursor,
    };
    return lineOf(header);
  }

  private async *section(
    userId: string,
    section: ExportSection,
    from: string | null,
    counts: Record<string, number>,
  ): AsyncGenerator<string, void, void> {
    const { kind } = section;
    for (let after = from, more = true; more;) {
      const position = after;
      const page = await this.readInTurn(() => section.read(userId, position));
      for (const row of page.rows) {
        counts[kind] = (counts[kind] ?? 0) + 1;
        const cursor = this.cursors.seal(userId, { kind, after: row.position, counts });
        yield lineOf({ kind, data: row.data, cursor } satisfies ExportLineJson);
      }
      // Long stretches without anything of the user's: the connection stays alive, and the place is not lost.
      if (page.rows.length === 0 && page.next !== null) {
        yield lineOf({ kind: 'progress', cursor: this.cursors.seal(userId, { kind, after: page.next, counts }) });
      }
      after = page.next;
      more = page.next !== null;
    }
  }
}

function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}
