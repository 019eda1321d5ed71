import type { BlocksJson } from '@sealpost/protocol';
import { blocksOf } from './answers-asked.js';
import { uuidArgument } from './api.js';
import type { Access } from './access.js';
import type { CallOptions } from './call-options.js';

/** Whom the server keeps away from a user. */
export class BlocksApi {
  constructor(private readonly access: Access) {}

  /** Also of somebody who is blocked already. */
  block(userId: string, call: CallOptions = {}): Promise<void> {
    return this.access.request({
      method: 'PUT',
      path: `v1/blocks/${uuidArgument(userId, 'userId')}`,
      repeatable: true,
      ...call,
    });
  }

  /** Also of somebody who is not blocked. */
  unblock(userId: string, call: CallOptions = {}): Promise<void> {
    return this.access.request({
      method: 'DELETE',
      path: `v1/blocks/${uuidArgument(userId, 'userId')}`,
      repeatable: true,
      ...call,
    });
  }

  /** In the order of userIds. */
  blocks(after: string | undefined, call: CallOptions = {}): Promise<BlocksJson> {
    const request = { method: 'GET', path: 'v1/blocks', query: { after }, answer: blocksOf(after) } as const;
    return this.access.request({ ...request, repeatable: true, ...call });
  }
}
