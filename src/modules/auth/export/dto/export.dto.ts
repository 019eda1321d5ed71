import { Base64UrlField } from '../../../../core/http/index.js';

/** A MAC and a position with the count of each kind. */
const CURSOR = { minLength: 17, maxLength: 4096 };

export class ExportQuery {
  @Base64UrlField({
    description: 'Goes on after the line that had this cursor; absent: from the beginning on.',
    ...CURSOR,
    optional: true,
  })
  readonly after?: Uint8Array;
}
