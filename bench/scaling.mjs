#!/usr/bin/env node
/**
 * The figures of docs/scaling.md, measured on the built server's own code (npm run build):
 *
 *   node bench/scaling.mjs <weight|hot|settings|standby|partitions|streams|sweeps> [--seconds 4] [--rounds 3]
 *     [--messages 5000000] [--partitions 16] [--streams 5000]
 *
 * It starts a PostgreSQL of its own, or uses that of BENCH_DATABASE_URL, as its superuser.
 */
import { parseArgs } from 'node:util';
import { openDatabase } from './environment/database.mjs';
import { measureHot } from './scaling/hot.mjs';
import { measurePartitions } from './scaling/partitions.mjs';
import { measureSettings } from './scaling/settings.mjs';
import { measureStreams, measureSweeps } from './scaling/servers.mjs';
import { weigh } from './scaling/weight.mjs';

const MEASURES = {
  weight: weigh,
  hot: measureHot,
  settings: (postgres, run) => measureSettings(postgres, { ...run, standby: false }),
  standby: (postgres, run) => measureSettings(postgres, { ...run, standby: true }),
  partitions: measurePartitions,
  streams: measureStreams,
  sweeps: measureSweeps,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '5000000' },
    partitions: { type: 'string', default: '16' },
    streams: { type: 'string', default: '5000' },
  },
});
const measure = MEASURES[positionals[0] ?? ''];
if (measure === undefined) {
  console.error(`Say what to measure: ${Object.keys(MEASURES).join(', ')}`);
  process.exit(1);
}
const run = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const postgres = await openDatabase();
try {
  await measure(postgres, run);
} finally {
  await postgres.stop();
}
