import { LENGTHS, LIMITS, utf8 } from '@sealpost/protocol';
import { ClientError, SharedStateNotice } from '../errors.js';
import type { SharedUser } from '../trust/shared-trust.js';
import type { SharedContent } from './shared-content.js';
import { encodeContent } from './shared-shape.js';
import { streamNameOf } from '../envelope/stream-record.js';

/** Kept free for the hashes of earlier states, so that what fits does not depend on how many there are. */
const HISTORY_BYTES = 24 * 1024;
/** The most bytes of what is known of others. */
export const CONTENT_BYTES = LIMITS.stateBytes - LENGTHS.committedOverhead - HISTORY_BYTES;
/** Beyond this part of the room a notice is due. */
const FILLING = 0.85;

/** Somebody whom the user has neither written to, nor accepted, blocked or verified. */
export function isStranger({ trust, accepted, decided, verified, lost }: SharedUser): boolean {
  return trust === undefined && [accepted, decided, verified, lost].every((map) => Object.keys(map).length === 0);
}

/**
 * What of a content there is room for. Pins of strangers give way first, those met longest ago before the others, with what is
 * remembered of their messages; then ids of plain messages and streams, which only tell replays. Depends on nothing but
 * the content, so that two devices that know the same share the same. What gave way is told by `gaveWay`.
 * @param ownUserId is nobody's stranger
 * @throws ClientError `state.too-large` where the people that the user deals with are too many
 */
export function fitContent(content: SharedContent, ownUserId: string): SharedContent {
  let fitting = content;
  for (let part = 0; ; part++) {
    const excess = encodeContent(fitting).length - CONTENT_BYTES;
    if (excess <= 0) return fitting;
    const [strangers, plain] = [strangersOf(fitting, ownUserId), Object.keys(fitting.plain)];
    const streams = Object.entries(fitting.streams);
    if (strangers.length > 0) fitting = withoutStrangers(fitting, strangers, excess);
    else if (plain.length > 0) fitting = { ...fitting, plain: {} };
    else if (streams.length > 0) {
      fitting = { ...fitting, streams: Object.fromEntries(streams.slice(Math.ceil(streams.length / 4))) };
    } else {
      throw new ClientError('state.too-large', 'The people you deal with are more than the shared state has room for');
    }
  }
}

/** What the user should know about the room in the shared state. */
export function noticesOf(content: SharedContent): readonly SharedStateNotice[] {
  const used = encodeContent(content).length / CONTENT_BYTES;
  const notices: SharedStateNotice[] = [];
  if (content.gaveWay !== undefined) {
    const day = new Date(content.gaveWay * 86_400_000).toISOString().slice(0, 10);
    const text = `Keys of strangers who wrote up to ${day} are no longer shared: a new device meets them for the first time`;
    notices.push(new SharedStateNotice('state.strangers-forgotten', text));
  }
  if (used > FILLING) {
    const text = `The shared state is ${Math.round(used * 100)} % full: keys of strangers give way, those met longest ago first`;
    notices.push(new SharedStateNotice('state.filling', text));
  }
  return notices;
}

/** Strangers in the order in which they give way: first those whose loginId the user has not looked up, met longest ago. */
function strangersOf({ users, handles }: SharedContent, ownUserId: string): readonly string[] {
  const looked = new Set(Object.values(handles).flatMap((handle) => handle.users));
  const rank = (userId: string, user: SharedUser): number => (looked.has(userId) ? 1e6 : 0) + (user.met ?? 0);
  return Object.entries(users)
    .filter(([userId, user]) => userId !== ownUserId && isStranger(user))
    .map(([userId, user]) => ({ userId, rank: rank(userId, user) }))
    .sort((a, b) => a.rank - b.rank || (a.userId < b.userId ? -1 : 1))
    .map(({ userId }) => userId);
}

function withoutStrangers(content: SharedContent, strangers: readonly string[], excess: number): SharedContent {
  const bytes = bytesByUser(content);
  const gone = new Set<string>();
  let freed = 0;
  for (const userId of strangers) {
    if (freed >= excess) break;
    gone.add(userId);
    freed += bytes.get(userId) ?? 0;
  }
  const days = [...gone].map((userId) => content.users[userId]?.met ?? 0);
  const { users, handles, streams, plain } = content;
  return {
    ...content,
    users: without(users, (userId) => gone.has(userId)),
    handles: without(handles, (_loginId, handle) => handle.users.some((userId) => gone.has(userId))),
    streams: without(streams, (key) => gone.has(streamNameOf(key).senderId)),
    plain: without(plain, (key) => gone.has(key.split('/')[0] ?? '')),
    gaveWay: Math.max(content.gaveWay ?? 0, ...days),
  };
}

/** At least what goes with each user; a little less does not matter, because it is counted again. */
function bytesByUser({ users, streams, plain }: SharedContent): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>(Object.keys(users).map((userId) => [userId, 55]));
  const add = (userId: string, key: string, value: unknown): void => {
    bytes.set(userId, (bytes.get(userId) ?? 0) + utf8(JSON.stringify({ [key]: value })).length - 1);
  };
  for (const [key, stream] of Object.entries(streams)) add(streamNameOf(key).senderId, key, stream);
  for (const [key, ids] of Object.entries(plain)) add(key.split('/')[0] ?? '', key, ids);
  return bytes;
}

function without<T>(
  map: Readonly<Record<string, T>>,
  isGone: (key: string, value: T) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).filter(([key, value]) => !isGone(key, value)));
}
