import { describe, expect, it } from '@jest/globals';
import { encodeBase64Url, LIMITS, utf8, uuidV7 } from '@sealpost/protocol';
import { EMPTY_USER, type SharedUser } from '../trust/shared-trust.js';
import { EMPTY_CONTENT, mergeContents, type SharedContent } from './shared-content.js';
import { CONTENT_BYTES, fitContent, noticesOf } from './room.js';
import { decodeSharedState, encodeContent, encodeSharedState } from './shared-shape.js';

const hashOf = (name: string): string => encodeBase64Url(utf8(name.padEnd(32, '.')));
const idOf = (index: number): string => uuidV7(index, new Uint8Array(10));
const ME = idOf(999_999);

/** Somebody of whom only the first keys are known, as of the day on which they wrote. */
function stranger(index: number, met: number): SharedUser {
  const pin = { 1: [hashOf(`keys ${index}`)] };
  return { ...EMPTY_USER, seen: pin, first: pin, met };
}

function strangers(count: number, from = 0): Readonly<Record<string, SharedUser>> {
  const indices = Array.from({ length: count }, (_, index) => from + index);
  return Object.fromEntries(indices.map((index) => [idOf(index), stranger(index, Math.floor(index / 10))]));
}

const contentOf = (users: Readonly<Record<string, SharedUser>>, more: Partial<SharedContent> = {}): SharedContent =>
  mergeContents({ ...EMPTY_CONTENT, users, ...more }, EMPTY_CONTENT);
const friend: SharedUser = { ...stranger(1_000_000, 0), trust: { at: 1, value: 'accepted' } };
const FRIEND = idOf(1_000_000);

/** What one who wrote once leaves behind in the shared streams. */
const stream = (index: number) => ({
  recipients: [ME],
  keyVersion: 1,
  head: { seq: 1, hashes: [hashOf(`message ${index}`)], resendHashes: [hashOf(`resend ${index}`)] },
  runs: [{ first: 1, last: 1, prevHash: hashOf('none') }],
});

describe('The packed form of the shared state', () => {
  it('the packed form of the shared state gives back what went in, whatever is known of a user', () => {
    const pin = { 1: [hashOf('one')] };
    const users = {
      [idOf(1)]: stranger(1, 7),
      [idOf(2)]: EMPTY_USER,
      [idOf(3)]: {
        ...EMPTY_USER,
        seen: { 4: [hashOf('four')] },
        first: pin,
        verified: { [hashOf('one')]: { at: 1, value: '1' } },
      },
      [idOf(4)]: {
        ...EMPTY_USER,
        seen: { 4: [hashOf('a'), hashOf('b')].sort() },
        decided: { 4: { at: 5, value: 'x' } },
      },
      [idOf(5)]: { ...EMPTY_USER, trust: { at: 1_790_000_000_000, value: 'blocked' } },
      [idOf(7)]: stranger(7, 0xffff),
      [idOf(8)]: stranger(8, 0xffff + 1),
      [idOf(6)]: { ...stranger(6, 3), accepted: pin, trust: { at: 3, value: 'of a newer client' } },
    };
    const content = contentOf(users, { gaveWay: 3, notes: { note: { at: 1, value: 'kept' } } });
    expect(decodeSharedState(encodeSharedState({ history: { 1: 'h' }, content }), 2)).toEqual({
      history: { 1: 'h' },
      content,
    });
  });

  it('the packed form of the shared state reads what was written before there was one', () => {
    const { met, ...user } = stranger(1, 7);
    expect(met).toBeDefined();
    const content = contentOf({ [idOf(1)]: user });
    const former = utf8(JSON.stringify({ history: {}, content: { ...content, format: 1 } }));
    expect(decodeSharedState(former, 1).content).toEqual(content);
  });

  it.each([
    ['neither of the two', new Uint8Array([3, 0, 0])],
    ['cut', encodeContent(contentOf(strangers(2))).slice(0, -1)],
    ['JSON of an unknown format', utf8('{"history":{},"content":{"format":9}}')],
  ])('the packed form of the shared state refuses what is %s', (_, bytes) => {
    expect(() => decodeSharedState(bytes, 1)).toThrow(expect.objectContaining({ code: 'state.refused' }));
  });

  it('the packed form of the shared state takes 55 bytes for a stranger', () => {
    const [one, two] = [1, 2].map((count) => encodeContent(contentOf(strangers(count))).length) as [number, number];
    expect(two - one).toBe(16 + 1 + 4 + 32 + 2);
  });
});

describe('The room in the shared state', () => {
  it('the room in the shared state is enough for 6,000 strangers and more, who wrote once', () => {
    const content = contentOf({ ...strangers(15_000), [FRIEND]: friend });
    expect(fitContent(content, ME)).toBe(content);
    expect(encodeContent(content).length).toBeLessThan(LIMITS.stateBytes);
    expect(noticesOf(content)).toEqual([]);
  });

  it('the room in the shared state warns before it is full', () => {
    const content = contentOf(strangers(17_500));
    expect(fitContent(content, ME)).toBe(content);
    expect(noticesOf(content)).toMatchObject([{ code: 'state.filling' }]);
  });

  it('the room in the shared state takes strangers away first, met longest ago, with their streams, and says so', () => {
    const all = { ...strangers(25_000), [FRIEND]: friend, [ME]: stranger(2_000_000, 0) };
    const streams = { [`s/${FRIEND}/c`]: stream(0), [`s/${idOf(0)}/c`]: stream(1), [`s/${idOf(24_999)}/c`]: stream(2) };
    const fitted = fitContent(contentOf(all, { streams, plain: { [`${idOf(0)}/none`]: ['m'] } }), ME);
    expect(encodeContent(fitted).length).toBeLessThanOrEqual(CONTENT_BYTES);
    const left = Object.keys(fitted.users);
    expect(left.length).toBeGreaterThan(18_000);
    expect(left).toEqual(expect.arrayContaining([FRIEND, ME, idOf(24_999)]));
    expect(left).not.toContain(idOf(0));
    expect(Object.keys(fitted.streams)).toEqual([`s/${FRIEND}/c`, `s/${idOf(24_999)}/c`].sort());
    expect(fitted.plain).toEqual({});
    expect(noticesOf(fitted)).toMatchObject([{ code: 'state.strangers-forgotten' }, { code: 'state.filling' }]);
  });

  it('the room in the shared state keeps, of strangers, those whom the user has looked up for longest', () => {
    const handles = { 'shop@example.org': { users: [idOf(0)] } };
    const fitted = fitContent(contentOf(strangers(25_000), { handles }), ME);
    expect(fitted.users).toHaveProperty([idOf(0)]);
    expect(fitted.users).not.toHaveProperty([idOf(1)]);
  });

  it('the room in the shared state comes to the same on every device that knows the same, and again when the two meet', () => {
    const fitted = fitContent(contentOf(strangers(25_000)), ME);
    const met = mergeContents(fitted, contentOf(strangers(25_000)));
    expect(fitContent(met, ME)).toEqual(fitted);
  });

  it('the room in the shared state loses what only tells replays before anybody whom the user deals with', () => {
    const friends = Object.fromEntries(
      Array.from({ length: 14_000 }, (_, index) => [idOf(index), { ...friend, met: 1 }]),
    );
    const streams = Object.fromEntries(
      Array.from({ length: 600 }, (_, index) => [`${idOf(index)}/${idOf(index)}/c`, stream(index)]),
    );
    const fitted = fitContent(contentOf(friends, { streams, plain: { [`${idOf(1)}/none`]: ['m'] } }), ME);
    expect(Object.keys(fitted.users)).toHaveLength(14_000);
    expect(Object.keys(fitted.streams).length).toBeLessThan(600);
    expect(fitted.plain).toEqual({});
    expect(fitted.gaveWay).toBeUndefined();
  });

  it('the room in the shared state ends only with people whom the user deals with', () => {
    const friends = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [idOf(index), friend]));
    expect(() => fitContent(contentOf(friends), ME)).toThrow(expect.objectContaining({ code: 'state.too-large' }));
  });
});
