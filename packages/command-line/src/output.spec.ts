import { describe, expect, it } from '@jest/globals';
import { timeText } from './output.js';

describe('A time on the terminal', () => {
  it('a time on the terminal is told as it is', () => {
    expect(timeText(0)).toBe('1970-01-01T00:00:00.000Z');
  });

  it('a time on the terminal does not stop the program where a sender claims an impossible one', () => {
    expect(timeText(2 ** 53 - 1)).toBe('(impossible time)');
  });
});
