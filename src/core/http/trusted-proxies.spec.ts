import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { requestIds, trustedProxyTest } from './trusted-proxies.js';

describe('the proxies that are believed', () => {
  it('the proxies that are believed are none where none are configured', () => {
    expect(trustedProxyTest([])('127.0.0.1')).toBe(false);
  });

  it.each([
    ['10.1.2.3', true],
    ['11.1.2.3', false],
    ['::ffff:10.1.2.3', true],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd00::1', true],
    ['fe80::1', false],
    ['', false],
    ['not an address', false],
  ])('the proxies that are believed are those of the configured ranges and addresses: %s %s', (address, trusted) => {
    expect(trustedProxyTest(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])(address)).toBe(trusted);
  });

  it('the proxies that are believed may name the request; others may not', () => {
    const idOf = requestIds(trustedProxyTest(['10.0.0.0/8']));
    const from = (remoteAddress: string, id: string) =>
      idOf({ headers: { 'x-request-id': id }, socket: { remoteAddress } } as unknown as IncomingMessage);
    expect(from('10.0.0.1', 'abcdef-123456')).toBe('abcdef-123456');
    expect(from('10.0.0.1', 'line\nbreak-here')).toMatch(/^[0-9a-f-]{36}$/);
    expect(from('192.0.2.1', 'abcdef-123456')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
