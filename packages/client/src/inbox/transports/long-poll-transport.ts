import type { UserApi } from '../../http/user-api.js';
import { unhurried } from '../../http/backoff.js';
import type { MailboxTransport, TransportScope, MailboxSlice } from './mailbox-transport.js';

const PAGE = 50;
/** How long one request waits; below the server's own limit and below what proxies usually cut off. */
export const LONG_POLL_SECONDS = 20;

/** Pages of the mailbox; the request for the next one waits at the server until something is there. */
export class LongPollTransport implements MailboxTransport {
  readonly name = 'long-poll';

  constructor(
    private readonly api: UserApi,
    private readonly scope: TransportScope,
  ) {}

  async next(after: number, waitMs: number): Promise<MailboxSlice> {
    const { conversationId, signal } = this.scope;
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.ceil(waitMs / 1000));
    const query = { after, limit: PAGE, ...(conversationId === undefined ? {} : { conversationId }) };
    const ask = () => this.api.inbox({ ...query, ...(waitSeconds > 0 ? { waitSeconds } : {}) }, signal);
    const { items, next, lastSequence } = await unhurried(ask, (page) => page.items.length > 0, signal, waitMs);
    return { entries: items, hasMore: next !== undefined, lastSequence };
  }

  close(): void {
    // A page has no connection of its own.
  }
}
