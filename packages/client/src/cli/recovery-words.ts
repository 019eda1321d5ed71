import { randomInt } from 'node:crypto';
import { UsageError, type Streams } from '@sealpost/command-line';
import { askLine } from './terminal.js';

const WORDS_ASKED_FOR = 3;
const ATTEMPTS = 3;
/** Clears screen and scrollback: what can still be read proves nothing about what was written down. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/** Six words a line, numbered, to copy by hand. */
export function inLines(words: string): string {
  const numbered = words.split(' ').map((word, index) => `${String(index + 1).padStart(4)} ${word.padEnd(9)}`);
  const lines = [0, 6, 12, 18].map((start) => numbered.slice(start, start + 6).join(' '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Different positions of words, ascending. */
function pickPositions(count: number, pick: (below: number) => number): number[] {
  const left = Array.from({ length: count }, (_, index) => index);
  const picked = Array.from({ length: WORDS_ASKED_FOR }, () => left.splice(pick(left.length), 1)[0] ?? 0);
  return picked.sort((a, b) => a - b);
}

/**
 * Has the user write the words down and type some of them back.
 * @param pick a random whole number below the given one
 * @throws UsageError where the user does not come to the right words
 */
export async function confirmWords(
  streams: Streams,
  words: string,
  pick: (below: number) => number = (below) => randomInt(below),
): Promise<void> {
  const list = words.split(' ');
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    streams.stderr.write(`Write these words down:\n\n${inLines(words)}\n\n`);
    await askLine(streams, 'Press Enter when you have. The screen is cleared then. ');
    streams.stderr.write(CLEAR);
    if (await typesBack(streams, list, pickPositions(list.length, pick))) return;
  }
  throw new UsageError('The words were not typed back as they were shown');
}

async function typesBack(streams: Streams, list: readonly string[], positions: readonly number[]): Promise<boolean> {
  for (const position of positions) {
    const typed = await askLine(streams, `Word ${position + 1}: `);
    if (typed.trim().toLowerCase() === list[position]) continue;
    streams.stderr.write(`That is not word ${position + 1}. Look at what you wrote down.\n`);
    return false;
  }
  return true;
}
