import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { SessionRevocations } from '../../../core/accounts/index.js';
import { Clock } from '../../../core/clock.js';
import type { Caller } from '../../../core/http/index.js';
import { Shutdown } from '../../../core/shutdown.js';

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
