/** The process that makes the load. It takes one job after the other from its parent and answers with the results. */
import { measureArrivals } from './arrivals.mjs';
import { runClosedLoop } from './closed-loop.mjs';
import { closeStreams, openStreams } from './idle-streams.mjs';

const KINDS = { closedLoop: runClosedLoop, arrivals: measureArrivals, openStreams, closeStreams };

process.on('message', async (/** @type {any} */ { kind, job }) => {
  try {
    process.send?.({ result: await KINDS[kind](job) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
// Whatever ends the parent ends this process as well.
process.on('disconnect', () => process.exit());
