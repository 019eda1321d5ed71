import { Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import { Settings } from '../../core/config/index.js';
import { lifetimeTooLong } from './messages.errors.js';

/** When a message begins and ends to exist on the server. */
@Injectable()
export class MessageLifetime {
  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  check(expiresInSeconds: number | undefined): void {
    const longest = this.settings.maxMessageTtlSeconds;
    if (expiresInSeconds !== undefined && expiresInSeconds > longest) throw lifetimeTooLong(longest);
  }

  /** From now on, for ever or for the stated time. Unix milliseconds. */
  from(expiresInSeconds: number | undefined): { readonly receivedAt: number; readonly expiresAt?: number } {
    const receivedAt = this.clock.now();
    return expiresInSeconds === undefined
      ? { receivedAt }
      : { receivedAt, expiresAt: receivedAt + expiresInSeconds * 1000 };
  }
}
