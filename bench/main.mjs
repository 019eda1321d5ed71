#!/usr/bin/env node
/**
 * Sealpost beside its peers, measured in turn in one run: `npm run bench`.
 *
 *   npm run bench                about a quarter of an hour, writes docs/benchmarks.md and docs/benchmarks.svg
 *   npm run bench -- --small     with a shorter history
 *   npm run bench -- --short     five minutes: fewer and shorter rounds as well
 *   npm run bench -- --quick     less than three minutes; the figures say little, and go to dist/bench
 *
 * BENCH_DATABASE_URL is a PostgreSQL to use instead of an own one; its user must be allowed to create databases. The
 * exit code says whether everything could be measured, not whether the ratios were reached.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { fillSealpost, fillTutorial, settle } from './environment/history.mjs';
import { setStage } from './environment/stage.mjs';
import { contestantsOf } from './measures/contestants.mjs';
import { measureDisk } from './measures/disk.mjs';
import { measureStreamMemory } from './measures/memory.mjs';
import { HOW_TO_GET } from './peers/pgbench/pgbench.mjs';
import { machineFacts } from './report/machine.mjs';
import { readable } from './report/numbers.mjs';
import { chartOf, pageOf } from './report/page.mjs';
import { textTable } from './report/ratio-table.mjs';
import { mediansOf, ratiosOf } from './report/ratios.mjs';
import { settingsOf } from './settings.mjs';

const DOCS = resolve(import.meta.dirname, '../docs');
/** What a quick run writes is not for readers. */
const DRAFTS = resolve(import.meta.dirname, '../dist/bench');
const begun = performance.now();

function say(line) {
  const seconds = (performance.now() - begun) / 1000;
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
}

/** Pages have something to show, the same for everybody. */
async function fillMailboxes(stage, settings) {
  const { databases, counts, version } = stage;
  await fillSealpost(databases.sealpost, settings.pageMessages, counts, Number.parseInt(version, 10));
  await fillTutorial(databases.tutorial, settings.pageMessages, counts);
  for (const address of [databases.sealpost, databases.tutorial, databases.pgbench]) await settle(address);
}

async function runRounds(contestants, rounds) {
  const results = Object.fromEntries(contestants.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Forth and back, so that nobody always comes after the same one.
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    for (const { key, measure } of order) {
      const figures = await measure();
      results[key].push(figures);
      const shown = Object.entries(figures).map(([name, value]) => `${name} ${readable(value)}`);
      say(`${round + 1}/${rounds}  ${key.padEnd(24)} ${shown.join('  ')}`);
    }
  }
  return results;
}

async function measureAll(stage, settings) {
  say('Weighing stored messages …');
  const disk = await measureDisk(stage, settings);
  await fillMailboxes(stage, settings);
  say('Warming everybody up …');
  const shortly = { ...settings, seconds: settings.lapSeconds, warmUpSeconds: 0 };
  for (const { key, measure } of contestantsOf(stage, shortly)) {
    say(`  ${key}`);
    await measure();
  }
  const rounds = await runRounds(contestantsOf(stage, settings), settings.rounds);
  say(`Opening ${settings.streams} streams …`);
  const memory = await measureStreamMemory(stage, settings);
  return { disk, memory, medians: mediansOf(rounds) };
}

async function main() {
  const settings = settingsOf(process.argv.slice(2));
  const stage = await setStage(settings, say);
  const notes = stage.pgbench === undefined ? [HOW_TO_GET] : [];
  try {
    for (const note of notes) say(note);
    const measured = await measureAll(stage, settings);
    const date = new Date().toISOString().slice(0, 10);
    return { ...measured, settings, notes, date, machine: machineFacts(stage.version) };
  } finally {
    await stage.strike();
  }
}

async function write(report, ratios) {
  const folder = report.settings.quick ? DRAFTS : DOCS;
  const path = join(folder, 'benchmarks.md');
  const page = await format(pageOf(report, ratios), {
    ...(await resolveConfig(join(DOCS, 'benchmarks.md'))),
    parser: 'markdown',
  });
  await writeFile(path, page);
  await writeFile(join(folder, 'benchmarks.svg'), chartOf(report));
  say(`Wrote ${path} and its chart`);
}

try {
  const report = await main();
  const ratios = ratiosOf(report);
  await write(report, ratios);
  console.log(`\n${textTable(ratios)}`);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
}
