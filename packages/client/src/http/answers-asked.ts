import type { BlocksJson, KeyChainJson } from '@sealpost/protocol';
import { blocksAnswer, chainAnswer, inboxAnswer, type InboxPage } from './answers.js';
import { about, type Shape } from './json-shape.js';

/** Behind what was asked for, no more than that, and nothing behind the end of the mailbox. */
export function pageOf({ after, limit }: { readonly after: number; readonly limit: number }): Shape<InboxPage> {
  const isAsked = ({ items, next, lastSequence }: InboxPage): boolean =>
    items.length <= limit &&
    items.every(({ sequence }) => sequence > after && sequence <= lastSequence) &&
    (next === undefined || next === items.at(-1)?.sequence);
  return about(inboxAnswer, isAsked, 'other entries than were asked for');
}

/** Statements of the user who was asked for. */
export function chainOf(userId: string): Shape<KeyChainJson> {
  return about(chainAnswer, ({ items }) => items.every((one) => one.userId === userId), 'another user');
}

/** In the order of userIds, behind the one that was asked for; a page that is not the last one has brought something. */
export function blocksOf(after: string | undefined): Shape<BlocksJson> {
  const isAsked = ({ items, next }: BlocksJson): boolean => {
    const ids = [...(after === undefined ? [] : [after]), ...items.map(({ userId }) => userId)];
    const ascends = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''));
    return ascends && (next === undefined || (items.length > 0 && next === ids.at(-1)));
  };
  return about(blocksAnswer, isAsked, 'other blocks than were asked for');
}
