import type { UserApi } from '../../http/api.js';
import { pause } from '../../http/backoff.js';
import type { Carrier, CarrierScope, MailboxSlice } from './carrier.js';

const PAGE = 50;
/** Of one request; below the server's own limit and below what proxies usually cut off. */
export const LONG_POLL_SECONDS = 20;
/** A server or a proxy that does not let a request wait is not asked again at once. */
const SHORTEST_POLL_MS = 1000;

/** Pages of the mailbox; the request for the next one waits at the server until something is there. */
export class PageCarrier implements Carrier {
  readonly name = 'long-poll';

  constructor(
    private readonly api: UserApi,
    private readonly scope: CarrierScope,
  ) {}

  async next(after: number, waitMs: number): Promise<MailboxSlice> {
    const { conversationId, signal } = this.scope;
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.ceil(waitMs / 1000));
    const began = performance.now();
    const query = { after, limit: PAGE, ...(conversationId === undefined ? {} : { conversationId }) };
    const page = await this.api.inbox({ ...query, ...(waitSeconds > 0 ? { waitSeconds } : {}) }, signal);
    const early = Math.min(SHORTEST_POLL_MS, waitMs) - (performance.now() - began);
    if (page.entries.length === 0 && early > 0) await pause(early, signal);
    return page;
  }

  close(): void {
    // A page has no connection of its own.
  }
}
