import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { confirmWords, inLines } from './recovery-words.js';
import type { Streams } from '@sealpost/command-line';

const WORDS = Array.from({ length: 24 }, (_, index) => `word${index + 1}`).join(' ');

/** A terminal whose user answers each question once it is asked. */
function terminal(answerTo: (question: string) => string): Streams & { readonly shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = new PassThrough();
  let shown = '';
  let answered = 0;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const questions = shown.match(/Press Enter[^.]*\. [^.]*\. |Word \d+: /g) ?? [];
    const question = questions[answered];
    if (question === undefined) return;
    answered++;
    stdin.write(`${answerTo(question)}\n`);
  });
  return { stdin, stdout: new PassThrough(), stderr, shown: () => shown };
}

const first = (): number => 0;
const wordOf = (question: string): string =>
  /Word (\d+)/.exec(question) ? `word${/\d+/.exec(question)?.[0] ?? ''}` : '';

describe('The recovery words', () => {
  it('the recovery words are shown with their numbers, six a line', () => {
    const lines = inLines(WORDS).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^ {2}19 word19 .* 24 word24$/);
  });

  it('the recovery words are typed back in part, after the screen was cleared', async () => {
    const streams = terminal(wordOf);
    await confirmWords(streams, WORDS, first);
    const asked = [...streams.shown().matchAll(/Word (\d+): /g)].map(([, number]) => number);
    expect(asked).toEqual(['1', '2', '3']);
    expect(streams.shown().indexOf('\u001b[2J')).toBeGreaterThan(streams.shown().indexOf('word24'));
    expect(streams.shown().indexOf('\u001b[2J')).toBeLessThan(streams.shown().indexOf('Word 1: '));
  });

  it('the recovery words are shown again after a wrong one', async () => {
    let wrong = 1;
    const streams = terminal((question) => (question.startsWith('Word 2') && wrong-- > 0 ? 'wrod2' : wordOf(question)));
    await confirmWords(streams, WORDS, first);
    expect(streams.shown().match(/Write these words down/g)).toHaveLength(2);
    expect(streams.shown()).toContain('That is not word 2');
  });

  it('the recovery words are given up on after three times', async () => {
    const streams = terminal((question) => (question.startsWith('Word') ? 'no' : ''));
    await expect(confirmWords(streams, WORDS, first)).rejects.toThrow('not typed back');
    expect(streams.shown().match(/Write these words down/g)).toHaveLength(3);
  });

  it('the recovery words are asked for at other places each time', async () => {
    const places = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const streams = terminal(wordOf);
      await confirmWords(streams, WORDS);
      places.add([...streams.shown().matchAll(/Word (\d+): /g)].map(([, number]) => number).join());
    }
    expect(places.size).toBeGreaterThan(10);
  });
});
