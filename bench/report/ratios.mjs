/** The ratios that Sealpost is to reach. */
import { median } from './numbers.mjs';

/**
 * @typedef {Record<string, Record<string, number>>} Medians figures of each contestant, by its key
 *
 * @typedef {object} Measured
 * @property {Medians} medians
 * @property {{ sealpost: number, tutorial: number }} disk bytes for each message
 * @property {{ bytesPerStream: number, streams: number }} memory
 *
 * @typedef {object} Ratio
 * @property {number} number
 * @property {string} name
 * @property {number} value NaN where a part of it was not measured
 * @property {number} reach
 * @property {'least' | 'most'} bound
 * @property {string} unit
 */

/**
 * The medians of the rounds.
 * @param {Record<string, Record<string, number>[]>} rounds figures of each round, by the contestant's key
 * @returns {Medians}
 */
export function mediansOf(rounds) {
  return Object.fromEntries(
    Object.entries(rounds).map(([key, figures]) => {
      const names = Object.keys(figures[0] ?? {});
      return [key, Object.fromEntries(names.map((name) => [name, median(figures.map((round) => round[name] ?? NaN))]))];
    }),
  );
}

/**
 * @param {Measured} measured
 * @returns {Ratio[]}
 */
export function ratiosOf({ medians, disk, memory }) {
  const figure = (key, name) => medians[key]?.[name] ?? NaN;
  const rates = (above, below) => figure(above, 'rate') / figure(below, 'rate');
  const least = (number, name, value, reach) => ({
    number,
    name,
    value,
    reach,
    bound: /** @type {const} */ ('least'),
    unit: '',
  });
  const most = (number, name, value, reach, unit = '') => ({
    number,
    name,
    value,
    reach,
    bound: /** @type {const} */ ('most'),
    unit,
  });
  return [
    least(1, 'POST /v1/messages ÷ pgbench writing the same rows', rates('post.sealpost', 'post.pgbench'), 1),
    least(2, 'POST ÷ tutorial stack as written', rates('post.sealpost', 'post.tutorial'), 15),
    least(2, 'POST ÷ tutorial stack, secret as a KeyObject', rates('post.sealpost', 'post.tutorialKeyObject'), 8),
    least(3, 'POST ÷ bare Fastify POST', rates('post.sealpost', 'post.fastify'), 0.3),
    most(
      4,
      'p99 of POST ÷ the tutorial stack’s',
      figure('post.sealpost', 'p99') / figure('post.tutorial', 'p99'),
      0.06,
    ),
    least(5, 'inbox page of 50 ÷ pgbench reading the same page', rates('page.sealpost', 'page.pgbench'), 0.4),
    least(5, 'inbox page of 50 ÷ tutorial stack', rates('page.sealpost', 'page.tutorial'), 5),
    least(6, 'newest key statement ÷ bare Fastify GET of the same bytes', rates('keys.sealpost', 'keys.fastify'), 0.4),
    most(
      7,
      'POST to arrival on another replica’s stream ÷ POST to 201, medians at 500/s',
      figure('arrivals.sealpost', 'arrived') / figure('arrivals.sealpost', 'answered'),
      1.2,
    ),
    most(
      8,
      'cost of an inbox page in the large history ÷ in the small one',
      rates('history.small', 'history.large'),
      1.15,
    ),
    most(9, 'disk bytes per stored message ÷ tutorial stack', disk.sealpost / disk.tutorial, 0.8),
    most(10, 'resident memory per idle stream', memory.bytesPerStream / 1024, 12, 'KB'),
    most(
      11,
      'single client: POST latency ÷ pgbench’s for the same rows',
      figure('single.sealpost', 'p50') / figure('single.pgbench', 'p50'),
      2,
    ),
  ];
}

/**
 * @param {Ratio} ratio
 * @returns {'yes' | 'no' | 'not measured'}
 */
export function verdictOf({ value, reach, bound }) {
  if (Number.isNaN(value)) return 'not measured';
  return (bound === 'least' ? value >= reach : value <= reach) ? 'yes' : 'no';
}
