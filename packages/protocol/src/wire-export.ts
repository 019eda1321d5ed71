/** Lines of GET /v1/account/export (JSON Lines). A newer server may have more kinds, and more members of data. */

/** The version of the lines described here. */
export const EXPORT_FORMAT = 1;

/** The first line of an export; a continued one has none. */
export interface ExportHeaderJson {
  readonly kind: 'header';
  readonly format: number;
  readonly serviceId: string;
  readonly userId: string;
  /** Unix milliseconds. What was stored by then and still is, is in the export. */
  readonly begunAt: number;
  readonly cursor: string;
}

/** A row that the server holds; `x-…` kinds are those of additional modules. */
export interface ExportLineJson {
  readonly kind: string;
  readonly data: object;
  /** Goes on after this line, as `?after=`. */
  readonly cursor: string;
}

/** Nothing new, but a newer cursor. */
export interface ExportProgressJson {
  readonly kind: 'progress';
  readonly cursor: string;
}

/** The last line: the export is complete. */
export interface ExportEndJson {
  readonly kind: 'end';
  /** How many lines of each kind the whole export has, over all its parts. */
  readonly counts: Readonly<Record<string, number>>;
}
