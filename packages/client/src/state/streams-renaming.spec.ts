import { describe, expect, it } from '@jest/globals';
import { EMPTY_STREAMS, type StreamsState } from '../envelope/stream-state.js';
import { MemoryStorage } from '../storage/memory-storage.js';
import { Changes, ClientState } from './client-state.js';
import { StreamsStore } from './streams-store.js';

const OWN = { senderId: 'alice', conversationId: 'talk', recipients: ['bob'], touched: 1, keyVersion: 0, cited: 0 };
const HEARD = { ...OWN, senderId: 'bob', recipients: ['alice'], touched: 2, runs: [], recent: [] };
const PENDING = { seq: 1, hashes: ['h'], resendHash: 'r' };

/** What a client kept that knew streams by their streamId alone. */
async function former(): Promise<ClientState> {
  const state = new ClientState(new MemoryStorage());
  const pending = {
    ...PENDING,
    cites: [
      { streamId: 's2', seq: 4 },
      { streamId: 'gone', seq: 1 },
    ],
  };
  const changes = new Changes()
    .put('stream/s1', { ...OWN, runs: [], recent: [], own: { sent: [], pending } })
    .put('stream/s2', HEARD)
    .put('awaited/bob', [{ streamId: 's3', seq: 1, hash: 'h' }]);
  await state.commit(changes);
  return state;
}

const look = (state: ClientState): Promise<StreamsState> => new StreamsStore(state).look(async (streams) => streams);

describe('Streams under old names', () => {
  it('streams that were known by their streamId alone go on under their new names, once and for all', async () => {
    const state = await former();
    const expected = {
      ...EMPTY_STREAMS,
      streams: {
        's1/alice/talk': {
          ...OWN,
          runs: [],
          recent: [],
          own: { sent: [], pending: { ...PENDING, cites: [{ key: 's2/bob/talk', seq: 4 }] } },
        },
        's2/bob/talk': HEARD,
      },
    };
    expect(await look(state)).toEqual(expected);
    expect([...(await state.keys('stream/')), ...(await state.keys('awaited/'))].sort()).toEqual([
      'stream/s1/alice/talk',
      'stream/s2/bob/talk',
    ]);
    expect(await look(state)).toEqual(expected);
  });
});
