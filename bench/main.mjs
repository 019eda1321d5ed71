#!/usr/bin/env node
/**
 * Sealpost beside its peers, measured in turn in one run: `npm run bench`.
 *
 *   npm run bench                less than 25 minutes, writes docs/benchmarks.md and docs/benchmarks.svg
 *   npm run bench -- --memory    and ten minutes of load to see whether memory grows
 *   npm run bench -- --small     with a shorter history
 *   npm run bench -- --short     less than eight minutes: fewer and shorter rounds as well
 *   npm run bench -- --quick     about three minutes; the figures say nothing, and go to dist/bench
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
import { measureDisk, measureDiskOfMany } from './measures/disk.mjs';
import { measureDownload } from './measures/download.mjs';
import { measureGrowth, measureStreamMemory } from './measures/memory.mjs';
import { HOW_TO_GET } from './peers/pgbench/pgbench.mjs';
import { machineFacts } from './report/machine.mjs';
import { readable } from './report/numbers.mjs';
import { chartOf, pageOf } from './report/page.mjs';
import { textTable } from './report/ratio-table.mjs';
import { ratiosOf } from './report/ratios.mjs';
import { settingsOf } from './settings.mjs';

const DOCS = resolve(import.meta.dirname, '../docs');
/** What a quick run writes is not for readers. */
const DRAFTS = resolve(import.meta.dirname, '../dist/bench');
/** Of what the tutorial stack can: the rate at which latencies are compared. */
const PACE = 0.5;
const begun = performance.now();

function say(line) {
  const seconds = (performance.now() - begun) / 1000;
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
}

function sayFigures(when, key, figures) {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${readable(value)}`);
  say(`${when}  ${key.padEnd(24)} ${shown.join('  ')}`);
}

/** Pages have something to show, the same for everybody. */
async function fillMailboxes(stage, settings) {
  const { databases, counts, version } = stage;
  await fillSealpost(databases.sealpost, settings.pageMessages, counts, Number.parseInt(version, 10));
  await fillTutorial(databases.tutorial, settings.pageMessages, counts);
  for (const address of [databases.sealpost, databases.tutorial, databases.pgbench]) await settle(address);
}

/** Compiles the code of each server's routes. @returns what the tutorial stack can */
async function runFirstLap(stage, settings) {
  let tutorialRate = NaN;
  for (const { key, first, measure } of contestantsOf(stage, settings, NaN)) {
    if (first !== true) continue;
    const half = settings.lapSeconds / 2;
    const figures = await measure({ seconds: half, warmUpSeconds: half });
    if (key === 'post.tutorial') tutorialRate = figures.rate ?? NaN;
    sayFigures('first', key, figures);
  }
  return tutorialRate;
}

async function runRounds(contestants, { rounds: count, seconds, warmUpSeconds }) {
  const rounds = [];
  for (let round = 0; round < count; round += 1) {
    /** @type {import('./report/ratios.mjs').Round} */
    const results = {};
    // Forth and back, so that nobody always comes after the same one.
    for (const { key, measure } of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      results[key] = await measure({ seconds, warmUpSeconds });
      sayFigures(`${round + 1}/${count}`, key, results[key]);
    }
    rounds.push(results);
  }
  return rounds;
}

async function measureAll(stage, settings) {
  say('Weighing stored messages …');
  const toOne = await measureDisk(stage, settings);
  await fillMailboxes(stage, settings);
  say('Warming everybody up …');
  const pace = Math.round(PACE * (await runFirstLap(stage, settings)));
  const rounds = await runRounds(contestantsOf(stage, settings, pace), settings);
  say('Weighing messages to many, and what is downloaded …');
  const disk = { ...toOne, ...(await measureDiskOfMany(stage, settings)) };
  const download = await measureDownload(stage);
  say(`Opening ${settings.streams} streams …`);
  const streams = await measureStreamMemory(stage, settings);
  if (settings.memory) say(`${settings.loadSeconds.last} s of load …`);
  const growth = settings.memory ? await measureGrowth(stage, settings) : {};
  // What is measured once is the same in every round.
  return rounds.map((round) => ({ ...round, disk, download, streams, growth }));
}

async function main() {
  const settings = settingsOf(process.argv.slice(2));
  const stage = await setStage(settings, say);
  const notes = stage.pgbench === undefined ? [HOW_TO_GET] : [];
  try {
    for (const note of notes) say(note);
    const rounds = await measureAll(stage, settings);
    const date = new Date().toISOString().slice(0, 10);
    return { rounds, settings, notes, date, machine: machineFacts(stage.version) };
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
  const ratios = ratiosOf(report.rounds);
  await write(report, ratios);
  console.log(`\n${textTable(ratios)}`);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
}
