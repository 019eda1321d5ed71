import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../core/config/index.js';
import { MailboxWait } from './mailbox-wait.js';
import { MailboxWatch } from './mailbox-watch.js';

let watch: MailboxWatch;

beforeEach(() => {
  watch = new MailboxWatch(loadSettings({ SEALPOST_READERS_PER_ACCOUNT: '2' }));
});

function follow(userId: string): { seen: number[]; leave: () => void } {
  const seen: number[] = [];
  const follower = { userId, wake: (sequence: number) => seen.push(sequence) };
  watch.follow(follower);
  return { seen, leave: () => watch.leave(follower) };
}

describe('the watch over mailboxes', () => {
  it('tells everybody who follows a mailbox, and nobody else', () => {
    const [one, two, other] = [follow('a'), follow('a'), follow('b')];
    watch.announce([{ userId: 'a', sequence: 3 }]);
    two.leave();
    two.leave();
    watch.announce([{ userId: 'a', sequence: 4 }]);
    expect([one.seen, two.seen, other.seen]).toEqual([[3, 4], [3], []]);
    expect([...watch.userIds]).toEqual(['a', 'b']);
    one.leave();
    expect([...watch.userIds]).toEqual(['b']);
  });

  it('has a place for so many readers of an account, and for another when one leaves', () => {
    const one = follow('a');
    follow('a');
    expect(() => follow('a')).toThrow(expect.objectContaining({ code: 'messages.too-many-readers' }));
    follow('b');
    one.leave();
    follow('a');
  });
});

describe('a read that waits', () => {
  it('is woken by what is new to it only', async () => {
    const wait = new MailboxWait('a');
    const woken: number[] = [];
    const news = wait.news(3).then(() => woken.push(1));
    wait.wake(3);
    await Promise.resolve();
    expect(woken).toEqual([]);
    wait.wake(4);
    await news;
    expect(woken).toEqual([1]);
  });

  it('misses nothing that it is told between two waits, and looks once for each promise', async () => {
    const wait = new MailboxWait('a');
    wait.wake(4);
    await wait.news(3);
    const again = wait.news(3);
    wait.end();
    await again;
    await wait.news(100);
    expect(wait.over).toBe(true);
  });
});
