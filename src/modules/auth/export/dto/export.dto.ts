import { EXPORT_FORMAT } from '@sealpost/protocol';
import { Base64UrlField } from '../../../../core/http/index.js';
import { EXAMPLE } from '../../shared/auth.examples.js';

/** A MAC and a position with the count of each kind. */
const CURSOR = { minLength: 17, maxLength: 4096 };
const CURSOR_EXAMPLE = 'U2VhbGVkIGZvciB0aGUgdXNlclsidmF1bHQiLCIwIix7InZhdWx0IjoxfV0';

export class ExportQuery {
  @Base64UrlField({
    description: 'Goes on after the line that had this cursor; absent: from the beginning on.',
    ...CURSOR,
    optional: true,
    example: CURSOR_EXAMPLE,
  })
  readonly after?: Uint8Array;
}

const LINES = [
  {
    kind: 'header',
    format: EXPORT_FORMAT,
    serviceId: 'msg.example',
    userId: EXAMPLE.userId,
    begunAt: EXAMPLE.now,
    cursor: CURSOR_EXAMPLE,
  },
  { kind: 'vault', data: { vaultVersion: 1, keyVersion: 1, vault: EXAMPLE.vault }, cursor: CURSOR_EXAMPLE },
  { kind: 'end', counts: { vault: 1 } },
];

/** Lines of the beginning, the middle and the end. */
export const EXPORT_EXAMPLE = LINES.map((line) => `${JSON.stringify(line)}\n`).join('');
