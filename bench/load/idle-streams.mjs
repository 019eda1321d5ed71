/** Many streams that stay open and hear nothing. */
import { openStream } from './event-stream.mjs';

const AT_ONCE = 32;

/** @type {{ close: () => void }[]} */
let open = [];
/** @type {Error | undefined} */
let broken;

/**
 * @typedef {object} IdleStreams
 * @property {string} url
 * @property {{ token: string, after: number }[]} readers who open the streams in turn
 * @property {number} count
 */

/** @param {IdleStreams} job */
export async function openStreams({ url, readers, count }) {
  const address = new URL(url);
  const onError = (error) => (broken ??= error);
  let next = 0;
  const openNext = async () => {
    while (next < count) {
      const reader = readers[next % readers.length];
      next += 1;
      if (reader !== undefined) open.push(await openStream(address, reader, { onMessage: () => undefined, onError }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openNext));
  return { open: open.length };
}

/** Closes them; an error if any of them did not stay open. */
export async function closeStreams() {
  for (const stream of open) stream.close();
  const error = broken;
  open = [];
  broken = undefined;
  if (error !== undefined) throw error;
  return {};
}
