import { describe, expect, it } from '@jest/globals';
import { describeSelf, judge, parseOwner, type Owner, type Verdict } from './owner.js';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('The owner of a lock', () => {
  const elsewhere = { host: 'other', boot: 'other-boot', pidNamespace: 'pid:[2]' };
  /** Numbers of processes end well below this. */
  const gone = { pid: 2 ** 30 };
  const cases: readonly (readonly [
    what: string,
    owner: Partial<Owner> | null,
    evidence: { kernel?: boolean; local?: boolean; silent?: boolean },
    verdict: Verdict,
  ])[] = [
    ['had this kernel’s lock, which is free', { kernel: true }, { kernel: true, local: true }, 'dead'],
    ['had it in another container', { kernel: true, pidNamespace: 'pid:[2]' }, { kernel: true }, 'dead'],
    ['had none, and its process runs', {}, { kernel: true, local: true }, 'alive'],
    ['had none, and its process is gone', gone, {}, 'dead'],
    ['had none, and its number is another process’s', { startedAt: '1' }, {}, 'dead'],
    ['had none, and is in another container', { ...gone, pidNamespace: 'pid:[2]' }, { silent: true }, 'doubt'],
    ['has been seen on another machine just now', elsewhere, { kernel: true }, 'alive'],
    ['was on another machine, long ago', { ...elsewhere, kernel: true }, { kernel: true, silent: true }, 'doubt'],
    ['was here before the machine started anew', { boot: 'before' }, { silent: true }, 'dead'],
    ['has this machine’s name, and was seen just now', { boot: 'before' }, {}, 'alive'],
    ['wrote nothing that can be read', null, { silent: true }, 'doubt'],
    ['wrote half of it, on a disk of this machine alone', null, { kernel: true, local: true }, 'dead'],
  ];

  it.each(cases)('a lock is judged by its owner, who %s', async (_what, changes, evidence, verdict) => {
    const { kernel = false, local = false, silent = false } = evidence;
    const self = await describeSelf('self', kernel);
    const owner = changes === null ? null : { ...self, token: 'owner', kernel: false, ...changes };
    expect(await judge(owner, { self, local, silent })).toBe(verdict);
  });

  it('the owner of a lock is read back from what it wrote, and from nothing else', async () => {
    const self = await describeSelf('self', true);
    expect(parseOwner(JSON.stringify(self))).toEqual(self);
    for (const text of ['', '{', 'null', '{"pid":1}', '{"pid":1,"token":"a","startedAt":null}']) {
      expect(parseOwner(text)).toBeNull();
    }
  });
});
