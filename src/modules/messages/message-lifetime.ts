import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/index.js';
import type { DomainError } from '../../core/errors.js';
import { lifetimeTooLong } from './messages.errors.js';

/** When a message begins and ends to exist on the server. */
@Injectable()
export class MessageLifetime {
  constructor(private readonly settings: Settings) {}

  /** What is wrong with the lifetime that a sender asks for, or null. */
  findFault(expiresInSeconds: number | undefined): DomainError | null {
    const { maxMessageTtlSeconds, mailboxMaxAgeSeconds = Number.POSITIVE_INFINITY } = this.settings;
    const longest = Math.min(maxMessageTtlSeconds, mailboxMaxAgeSeconds);
    return expiresInSeconds !== undefined && expiresInSeconds > longest ? lifetimeTooLong(longest) : null;
  }

  /** From then on, for the stated time or else as long as messages may stay. Unix milliseconds. */
  from(
    receivedAt: number,
    expiresInSeconds: number | undefined,
  ): { readonly receivedAt: number; readonly expiresAt?: number } {
    const seconds = expiresInSeconds ?? this.settings.mailboxMaxAgeSeconds;
    return seconds === undefined ? { receivedAt } : { receivedAt, expiresAt: receivedAt + seconds * 1000 };
  }
}
