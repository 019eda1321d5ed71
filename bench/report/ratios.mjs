/** The ratios that Sealpost is to reach. */
import { median } from './numbers.mjs';

/**
 * @typedef {Record<string, Record<string, number>>} Round figures of each contestant, by its key
 *
 * @typedef {(figure: (key: string, name: string) => number) => number} Formula
 *
 * @typedef {object} Goal
 * @property {number} number
 * @property {string} name
 * @property {number} must
 * @property {'least' | 'most'} bound
 * @property {Formula} formula
 * @property {string | undefined} [unit]
 *
 * @typedef {object} Outcome
 * @property {number} value the median of the rounds; NaN where a part of it was not measured
 * @property {number} low of the rounds
 * @property {number} high
 *
 * @typedef {Goal & Outcome} Ratio
 */

/**
 * @param {string} above a key
 * @param {string} below a key
 * @param {string} [name] of the figure that both have
 * @returns {Formula}
 */
function over(above, below, name = 'rate') {
  return (figure) => figure(above, name) / figure(below, name);
}

/** Two figures of one measurement. @returns {Formula} */
function within(key, above, below) {
  return (figure) => figure(key, above) / figure(key, below);
}

/** @returns {Formula} */
function kibibytes(key, name) {
  return (figure) => figure(key, name) / 1024;
}

/** @type {Formula} */
const ofSingles = (figure) =>
  figure('single.sealpost', 'p50') / (figure('single.pgbench', 'p50') + figure('single.fastify', 'p50'));

/** @type {(number: number, must: number, name: string, formula: Formula) => Goal} */
const least = (number, must, name, formula) => ({ number, must, name, formula, bound: 'least' });
/** @type {(number: number, must: number, name: string, formula: Formula, unit?: string) => Goal} */
const most = (number, must, name, formula, unit) => ({ number, must, name, formula, bound: 'most', unit });

const [CPU, DATABASE_CPU] = ['nodeCpu', 'postgresCpu'];

const GOALS = [
  least(1, 1, 'POST /v1/messages ÷ pgbench writing the same rows', over('post.sealpost', 'post.pgbench')),
  least(2, 9, 'POST ÷ tutorial stack as written', over('post.sealpost', 'post.tutorial')),
  least(2, 6, 'POST ÷ tutorial stack, secret as a KeyObject', over('post.sealpost', 'post.tutorialKeyObject')),
  least(3, 0.2, 'POST ÷ bare Fastify POST', over('post.sealpost', 'post.fastify')),
  most(4, 3, 'CPU of node for a POST ÷ bare Fastify’s', over('post.sealpost', 'post.fastify', CPU)),
  most(4, 0.6, 'CPU of PostgreSQL for a POST ÷ pgbench’s', over('post.sealpost', 'post.pgbench', DATABASE_CPU)),
  most(5, 0.15, 'p99 of POST at half the tutorial’s rate ÷ its p99', over('paced.sealpost', 'paced.tutorial', 'p99')),
  least(6, 0.5, 'inbox page of 50 ÷ pgbench reading the same page', over('page.sealpost', 'page.pgbench')),
  least(6, 3, 'inbox page of 50 ÷ tutorial stack', over('page.sealpost', 'page.tutorial')),
  least(7, 0.33, 'newest key statement ÷ bare Fastify’s same bytes', over('keys.sealpost', 'keys.fastify')),
  most(8, 2, 'single client: p50 of POST ÷ (pgbench’s + bare Fastify’s)', ofSingles),
  most(
    9,
    1.2,
    'arrival on another replica’s stream ÷ 201, at 500/s',
    within('arrivals.sealpost', 'arrived', 'answered'),
  ),
  most(10, 1.15, 'cost of a page in the large history ÷ in the small one', over('history.small', 'history.large')),
  most(10, 1.15, 'cost of a page of the large mailbox ÷ of the small one', over('mailbox.small', 'mailbox.large')),
  most(11, 2.5, 'download of one of 100 recipients, 100 letters', kibibytes('download', 'bytes'), 'KB'),
  most(12, 0.85, 'disk bytes per stored message ÷ tutorial stack', within('disk', 'sealpost', 'tutorial')),
  most(12, 1, 'disk bytes, 10 recipients ÷ plain tables', within('disk', 'sealpost10', 'plain10')),
  most(12, 1, 'disk bytes, 100 recipients ÷ plain tables', within('disk', 'sealpost100', 'plain100')),
  most(13, 4, 'CPU of node for a body of 254 KB ÷ of 64 KB', over('body.254', 'body.64', CPU)),
  most(14, 1.1, 'resident memory after 10 minutes of load ÷ after 1', within('growth', 'late', 'early')),
  most(15, 12, 'resident memory per idle stream', kibibytes('streams', 'bytesPerStream'), 'KB'),
];

/**
 * The medians of the rounds.
 * @param {Round[]} rounds
 * @returns {Round}
 */
export function mediansOf(rounds) {
  const figuresOf = (key, figures) =>
    Object.keys(figures).map((name) => [name, median(rounds.map((round) => round[key]?.[name] ?? NaN))]);
  return Object.fromEntries(
    Object.entries(rounds[0] ?? {}).map(([key, figures]) => [key, Object.fromEntries(figuresOf(key, figures))]),
  );
}

/**
 * Each ratio is taken within a round, in which everybody met the same machine.
 * @param {Round[]} rounds
 * @returns {Ratio[]}
 */
export function ratiosOf(rounds) {
  return GOALS.map((goal) => {
    const values = rounds.map((round) => goal.formula((key, name) => round[key]?.[name] ?? NaN));
    return { ...goal, value: median(values), low: Math.min(...values), high: Math.max(...values) };
  });
}

/**
 * @param {Pick<Ratio, 'value' | 'low' | 'high' | 'must' | 'bound'>} ratio
 * @returns {'yes' | 'no' | 'within the spread' | 'not measured'}
 */
export function verdictOf({ value, low, high, must, bound }) {
  if (!Number.isFinite(value)) return 'not measured';
  if (low < must && must < high) return 'within the spread';
  return (bound === 'least' ? value >= must : value <= must) ? 'yes' : 'no';
}
