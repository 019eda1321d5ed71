import { Injectable } from '@nestjs/common';

/** One row of an export. */
export interface ExportedRow {
  /** Where the section goes on after this row; at most 200 characters. Clients see it sealed. */
  readonly position: string;
  /** Members as JSON has them: bytes in base64url, times in Unix milliseconds. */
  readonly data: object;
}

export interface ExportPage {
  /** In the order of their positions, and no more than about 1 MiB. May be empty though more follows. */
  readonly rows: readonly ExportedRow[];
  /** Where to go on, or null at the end of the section. */
  readonly next: string | null;
}

/** A page of a section whose rows are read up to a limit: one that is not full is the last. */
export function exportPageOf<T>(found: readonly T[], limit: number, rowOf: (item: T) => ExportedRow): ExportPage {
  const rows = found.map(rowOf);
  return { rows, next: rows.length < limit ? null : (rows.at(-1)?.position ?? null) };
}

/** What a module exports of a user, as lines of one kind. */
export interface ExportSection {
  /** The `kind` of the lines: `[a-z-]+`, of additional modules `x-<module>.<what>`. */
  readonly kind: string;
  /**
   * The rows after a position, which is one that this section has given itself; null: from the beginning on. A section of
   * any length is read in pages, so that an export needs little memory and can go on where it was cut.
   */
  read(userId: string, after: string | null): Promise<ExportPage>;
}

/**
 * Where modules that keep something per user say what of it belongs into the export of the account. They add their
 * sections in `onModuleInit`; the export has them in this order.
 */
@Injectable()
export class AccountExports {
  readonly #sections = new Map<string, ExportSection>();

  get sections(): readonly ExportSection[] {
    return [...this.#sections.values()];
  }

  add(section: ExportSection): void {
    if (this.#sections.has(section.kind)) throw new Error(`There are two export sections ${section.kind}`);
    this.#sections.set(section.kind, section);
  }

  /** A section that is one page at most: a row, or few. Their positions are their order. */
  addSmall(kind: string, readAll: (userId: string) => Promise<readonly object[]>): void {
    this.add({
      kind,
      read: async (userId, after) => {
        const rows = (await readAll(userId)).map((data, index) => ({ position: String(index), data }));
        return { rows: rows.slice(after === null ? 0 : Number(after) + 1), next: null };
      },
    });
  }
}
