import { describe, expect, it } from '@jest/globals';
import { parseCommandLine, USAGE, UsageError } from './command-line.js';

describe("the administrator's command line", () => {
  it.each([
    [['disable', 'Alice@example.org'], { name: 'disable', loginId: 'alice@example.org' }],
    [['enable', 'alice'], { name: 'enable', loginId: 'alice' }],
    [['escrow-export', 'alice'], { name: 'escrow-export', loginId: 'alice' }],
    [['escrow-export', 'alice', '--output', 'a.json'], { name: 'escrow-export', loginId: 'alice', output: 'a.json' }],
    [['invite'], { name: 'invite', expiresInSeconds: 604_800 }],
    [['invite', '--expires-in', '30m'], { name: 'invite', expiresInSeconds: 1800 }],
    [['invite', '--expires-in=12h'], { name: 'invite', expiresInSeconds: 43_200 }],
    [['reset', 'list'], { name: 'reset list' }],
    [['reset', 'approve', 'Alice@example.org'], { name: 'reset approve', loginId: 'alice@example.org' }],
    [['reset', 'reject', 'alice'], { name: 'reset reject', loginId: 'alice' }],
    [['rotate-signing-key'], { name: 'rotate-signing-key' }],
    [['migrate'], { name: 'migrate' }],
    [['migrate', '--help'], { name: 'help' }],
    [[], { name: 'help' }],
  ])('understands %j', (args, command) => {
    expect(parseCommandLine(args)).toEqual(command);
  });

  it.each([
    [['disable'], 'needs a loginId'],
    [['disable', 'alice', 'bob'], 'does not take "bob"'],
    [['disable', 'a b c'], 'is not a loginId'],
    [['escrow-export'], 'needs a loginId'],
    [['enable', 'al'], 'is not a loginId'],
    [['invite', 'alice'], 'does not take "alice"'],
    [['invite', '--expires-in', '7'], 'must be like 30m, 12h or 7d'],
    [['invite', '--expires-in', '0d'], 'must be like'],
    [['invite', '--expires-in', '366d'], 'at most 365d'],
    [['reset'], 'needs one of list, approve, reject'],
    [['reset', 'everything'], 'needs one of list, approve, reject'],
    [['reset', 'approve'], 'needs a loginId'],
    [['reset', 'list', 'alice'], 'does not take "alice"'],
    [['migrate', '--expires-in', '7d'], 'does not take --expires-in'],
    [['disable', 'alice', '--output', 'a.json'], '"disable" does not take --output'],
    [['drop'], 'There is no command "drop"'],
    [['migrate', '--force'], "Unknown option '--force'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });

  it('explains every command that it has', () => {
    const names = [
      'disable',
      'enable',
      'escrow-export',
      'invite',
      'reset list',
      'reset approve',
      'reset reject',
      'migrate',
    ];
    for (const name of [...names, 'rotate-signing-key']) {
      expect(USAGE).toContain(`\n  ${name} `);
    }
  });
});
