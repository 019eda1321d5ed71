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
    const longest = this.settings.maxMessageTtlSeconds;
    return expiresInSeconds !== undefined && expiresInSeconds > longest ? lifetimeTooLong(longest) : null;
  }

  /** From then on, for ever or for the stated time. Unix milliseconds. */
  from(
    receivedAt: number,
    expiresInSeconds: number | undefined,
  ): { readonly receivedAt: number; readonly expiresAt?: number } {
    return expiresInSeconds === undefined
      ? { receivedAt }
      : { receivedAt, expiresAt: receivedAt + expiresInSeconds * 1000 };
  }
}
