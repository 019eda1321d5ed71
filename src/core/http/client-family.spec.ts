import { describe, expect, it } from '@jest/globals';
import { clientFamily } from './client-family.js';

const MOZILLA = 'Mozilla/5.0';
const KHTML = '(KHTML, like Gecko)';

describe('The family of a client', () => {
  it.each([
    [`${MOZILLA} (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0`, 'Firefox on Linux'],
    [
      `${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ${KHTML} Chrome/126.0.0.0 Safari/537.36`,
      'Chrome on Windows',
    ],
    [
      `${MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 ${KHTML} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`,
      'Edge on Windows',
    ],
    [
      `${MOZILLA} (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 ${KHTML} Version/17.5 Safari/605.1.15`,
      'Safari on macOS',
    ],
    [
      `${MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ${KHTML} Version/17.5 Mobile/15E148 Safari/604.1`,
      'Safari on iOS',
    ],
    [
      `${MOZILLA} (Linux; Android 10; K) AppleWebKit/537.36 ${KHTML} Chrome/126.0.0.0 Mobile Safari/537.36`,
      'Chrome on Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['node', 'Node.js'],
    ['SomeApp/1.0 (Android 14)', 'Android'],
  ])('the family of a client of %s is %s', (userAgent, family) => {
    expect(clientFamily(userAgent)).toBe(family);
  });

  it.each([undefined, '', 'Alice’s secret device 0815', `Firefox/1 ${'x'.repeat(600)}`])(
    'the family of a client is not known of %s',
    (userAgent) => {
      expect(clientFamily(userAgent)).toBeNull();
    },
  );
});
