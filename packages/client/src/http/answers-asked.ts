import type { BlocksJson, KeyChainJson } from '@sealpost/protocol';
import { blocksAnswer, chainAnswer, inboxAnswer, type InboxPage } from './answers.js';
import { about, type Shape } from './json-shape.js';

/** Behind what was asked for, no more than that, and nothing behind the end of the mailbox. */
export function pageOf({ after, limit }: { readonly after: number; readonly limit: number }): Shape<InboxPage> {
  const isAsked = ({ entries, lastSequence }: InboxPage): boolean =>
    entries.length <= limit && entries.every(({ sequence }) => sequence > after && sequence <= lastSequence);
  return about(inboxAnswer, isAsked, 'other entries than were asked for');
}

/** Statements of the user who was asked for. */
export function chainOf(userId: string): Shape<KeyChainJson> {
  return about(chainAnswer, ({ statements }) => statements.every((one) => one.userId === userId), 'another user');
}

/** In the order of userIds, behind the one that was asked for; a page that is not the last one has brought something. */
export function blocksOf(after: string | undefined): Shape<BlocksJson> {
  const isAsked = ({ blocks, nextAfter }: BlocksJson): boolean => {
    const ids = [...(after === undefined ? [] : [after]), ...blocks.map(({ userId }) => userId)];
    const ascends = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''));
    return ascends && (nextAfter === undefined || (blocks.length > 0 && nextAfter === ids.at(-1)));
  };
  return about(blocksAnswer, isAsked, 'other blocks than were asked for');
}
