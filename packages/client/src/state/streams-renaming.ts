import { streamKey } from '../envelope/stream-record.js';
import type { AwaitedMessage, Citation, StreamRecord } from '../envelope/stream-state.js';
import { Changes, type ClientState } from './client-state.js';

/** A record of a client that knew streams by their streamId alone. */
interface FormerRecord extends Omit<StreamRecord, 'own'> {
  readonly own?: Omit<NonNullable<StreamRecord['own']>, 'pending'> & { readonly pending?: FormerPending };
}

type FormerPending = Omit<NonNullable<NonNullable<StreamRecord['own']>['pending']>, 'cites'> & {
  readonly cites: readonly { readonly streamId: string; readonly seq: number }[];
};

/**
 * Gives streams the names by which they are known now, in one commit. What was awaited under a streamId alone is dropped:
 * it was reported when it was named, and may have been anybody's.
 */
export async function renameStreams(state: ClientState): Promise<void> {
  const formerKeys = (await state.keys('stream/')).filter((key) => key.split('/').length === 2);
  const former = new Map<string, FormerRecord>();
  for (const key of formerKeys) {
    const record = await state.read<FormerRecord>(key);
    if (record !== null) former.set(key.slice('stream/'.length), record);
  }
  const changes = new Changes();
  for (const [streamId, record] of former) {
    changes.remove(`stream/${streamId}`);
    changes.put(`stream/${streamKey({ ...record, streamId })}`, renamed(record, former));
  }
  for (const key of await state.keys('awaited/')) {
    const list = await state.read<readonly Partial<AwaitedMessage>[]>(key);
    if (list?.some(({ conversationId }) => conversationId === undefined) === true) changes.remove(key);
  }
  if (changes.entries.size > 0) await state.commit(changes);
}

function renamed(record: FormerRecord, all: ReadonlyMap<string, FormerRecord>): unknown {
  const pending = record.own?.pending;
  if (pending === undefined) return record;
  const cites = pending.cites.flatMap(({ streamId, seq }): readonly Citation[] => {
    const cited = all.get(streamId);
    return cited === undefined ? [] : [{ key: streamKey({ ...cited, streamId }), seq }];
  });
  return { ...record, own: { ...record.own, pending: { ...pending, cites } } };
}
