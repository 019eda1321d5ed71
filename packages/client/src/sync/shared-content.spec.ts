import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_CONTENT, mergeContents, type SharedContent, type SharedRun } from './shared-content.js';

// Few values, so that the contents of two devices meet often.
const hash = fc.constantFrom('A', 'B', 'C');
const hashes = fc.uniqueArray(hash, { minLength: 1, maxLength: 3 }).map((list) => list.sort());
const version = fc.constantFrom('1', '2', '3');
const sets = fc.dictionary(version, hashes, { maxKeys: 3 });
const decision = fc.record({ at: fc.nat(3), value: hash });
const decisions = fc.dictionary(hash, decision, { maxKeys: 2 });
const user = fc.record(
  {
    seen: sets,
    first: sets,
    accepted: sets,
    decided: fc.dictionary(version, decision, { maxKeys: 2 }),
    verified: decisions,
    lost: decisions,
    trust: decision,
    met: fc.nat(4),
  },
  { requiredKeys: ['seen', 'first', 'accepted', 'decided', 'verified', 'lost'] },
);
const handle = fc.record({ users: hashes, chosen: decision }, { requiredKeys: ['users'] });
const runs: fc.Arbitrary<SharedRun[]> = fc
  .uniqueArray(fc.nat(6), { maxLength: 3 })
  .chain((firsts) =>
    fc.tuple(
      ...firsts
        .sort()
        .map((first) => hash.map((prevHash) => ({ first: 3 * first + 1, last: 3 * first + 2, prevHash }))),
    ),
  );
const stream = fc.record({
  recipients: hashes,
  keyVersion: fc.nat(3),
  head: fc.record({ seq: fc.nat(4), hashes, resendHashes: hashes }),
  runs,
});
const content: fc.Arbitrary<SharedContent> = fc
  .record({
    format: fc.constant(2 as const),
    suite: fc.nat(3),
    users: fc.dictionary(fc.constantFrom('alice', 'bob'), user),
    handles: fc.dictionary(fc.constantFrom('a@x', 'b@x'), handle),
    streams: fc.dictionary(fc.constantFrom('s/alice/c', 't/bob/c'), stream),
    plain: fc.dictionary(fc.constantFrom('alice/none', 'bob/shared-key'), hashes),
    inboxAfter: fc.nat(4),
    opened: fc.dictionary(fc.constantFrom('seen/1', 'seen/2'), fc.record({ sequence: fc.nat(6), record: hash })),
    notes: fc.dictionary(fc.constantFrom('escrow'), decision),
  })
  // Contents of another client were merged before they came.
  .map((made) => mergeContents(made, made));

describe('merging what two devices know', () => {
  it('merging what two devices know is commutative', () => {
    fc.assert(fc.property(content, content, (a, b) => expect(mergeContents(a, b)).toEqual(mergeContents(b, a))));
  });

  it('merging what two devices know is associative', () => {
    fc.assert(
      fc.property(content, content, content, (a, b, c) =>
        expect(mergeContents(mergeContents(a, b), c)).toEqual(mergeContents(a, mergeContents(b, c))),
      ),
    );
  });

  it('merging what two devices know is idempotent, and writes equal contents as equal texts', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const merged = mergeContents(a, b);
        expect(JSON.stringify(mergeContents(merged, a))).toBe(JSON.stringify(merged));
        expect(JSON.stringify(mergeContents(merged, merged))).toBe(JSON.stringify(merged));
        expect(JSON.stringify(mergeContents(b, a))).toBe(JSON.stringify(merged));
        expect(mergeContents(a, EMPTY_CONTENT)).toEqual(a);
      }),
    );
  });

  it('merging what two devices know drops no pin, no verified mark, no decision on roots and no loginId', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const merged = mergeContents(a, b);
        for (const [name, known] of Object.entries(a.users)) {
          const kept = merged.users[name];
          for (const part of ['seen', 'first', 'accepted'] as const) {
            for (const [at, list] of Object.entries(known[part])) {
              expect(kept?.[part][at]).toEqual(expect.arrayContaining([...list]));
            }
          }
          for (const part of ['verified', 'lost'] as const) {
            expect(Object.keys(kept?.[part] ?? {})).toEqual(expect.arrayContaining(Object.keys(known[part])));
          }
          for (const [at, said] of Object.entries(known.decided)) {
            expect(kept?.decided[at]?.at).toBeGreaterThanOrEqual(said.at);
          }
        }
        for (const [name, { users }] of Object.entries(a.handles)) {
          expect(merged.handles[name]?.users).toEqual(expect.arrayContaining([...users]));
        }
      }),
    );
  });

  it('merging what two devices know drops no head of a stream, and nothing that was received', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const merged = mergeContents(a, b);
        for (const [key, known] of Object.entries(a.streams)) {
          const kept = merged.streams[key];
          expect(kept?.head.seq).toBeGreaterThanOrEqual(known.head.seq);
          if (kept?.head.seq === known.head.seq) {
            expect(kept.head.hashes).toEqual(expect.arrayContaining([...known.head.hashes]));
          }
          for (const { first, last } of known.runs) {
            expect(kept?.runs.some((run) => run.first <= first && last <= run.last)).toBe(true);
          }
        }
        expect(merged.inboxAfter).toBe(Math.max(a.inboxAfter, b.inboxAfter));
        expect(merged.suite).toBe(Math.max(a.suite, b.suite));
      }),
    );
  });

  it('merging what two devices know keeps two pins for one version side by side', () => {
    const seen = (value: string): SharedContent => ({
      ...EMPTY_CONTENT,
      users: { bob: { seen: { 1: [value] }, first: {}, accepted: {}, decided: {}, verified: {}, lost: {} } },
    });
    expect(mergeContents(seen('X'), seen('Y')).users['bob']?.seen).toEqual({ 1: ['X', 'Y'] });
  });
});
