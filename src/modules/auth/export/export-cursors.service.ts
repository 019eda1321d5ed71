import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { concat, encodeBase64Url, tag, utf8, uuidToBytes } from '@sealpost/protocol';
import { SessionRevocations } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Caller } from '../../../core/http/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { Shutdown } from '../../../core/shutdown.js';
import { exportCursorRefused } from '../shared/auth.errors.js';

/**
 * Cuts exports whose session has ended, whose access token has expired, or whose server stops: without their last line,
 * so that the client sees that it has to go on, if it still may.
 */
@Injectable()
export class ExportEnds {
  constructor(
    private readonly sessions: SessionRevocations,
    private readonly shutdown: Shutdown,
    private readonly clock: Clock,
  ) {}

  watch({ sessionId, expiresAt }: Caller, stream: Readable): void {
    const cut = (): void => {
      stream.destroy();
    };
    const listener = { sessionEnded: cut };
    const timer = setTimeout(cut, Math.max(0, expiresAt - this.clock.now())).unref();
    this.sessions.listen(sessionId, listener);
    this.shutdown.signal.addEventListener('abort', cut);
    stream.once('close', () => {
      clearTimeout(timer);
      this.sessions.forget(sessionId, listener);
      this.shutdown.signal.removeEventListener('abort', cut);
    });
    if (this.shutdown.begun) cut();
  }
}

/** Where an export is. */
export interface ExportPosition {
  /** The section that goes on. */
  readonly kind: string;
  /** After which of its positions; null: from its beginning on. */
  readonly after: string | null;
  /** How many lines of each kind there are so far. */
  readonly counts: Readonly<Record<string, number>>;
}

const MAC_BYTES = 16;

/** Cursors of exports: sealed for their user, so that a section gets back only positions that it has given. */
@Injectable()
export class ExportCursors {
  constructor(
    private readonly crypto: CryptoService,
    private readonly secrets: ServerSecrets,
  ) {}

  seal(userId: string, { kind, after, counts }: ExportPosition): string {
    const position = utf8(JSON.stringify([kind, after, counts]));
    return encodeBase64Url(concat(this.macOf(userId, position), position));
  }

  /** @throws request.invalid where this service has not sealed it for the user */
  open(userId: string, cursor: Uint8Array): ExportPosition {
    const position = cursor.subarray(MAC_BYTES);
    if (!this.crypto.equal(cursor.subarray(0, MAC_BYTES), this.macOf(userId, position))) throw exportCursorRefused();
    const [kind, after, counts] = JSON.parse(Buffer.from(position).toString()) as [
      string,
      string | null,
      Record<string, number>,
    ];
    return { kind, after, counts };
  }

  private macOf(userId: string, position: Uint8Array): Uint8Array {
    const message = concat(tag('export-cursor/v1'), uuidToBytes(userId, 'userId'), position);
    return this.crypto.hmacSha256(this.secrets.challengeKey, message).subarray(0, MAC_BYTES);
  }
}
