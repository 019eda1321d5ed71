/** How large a run is. */

/**
 * @typedef {object} BenchSettings
 * @property {number} rounds
 * @property {number} seconds of one measurement
 * @property {number} warmUpSeconds before each
 * @property {number} lapSeconds of the first measurement of each process and route, which does not count: code is compiled
 * @property {number} people who have a mailbox
 * @property {number} senders the first of them
 * @property {number} connections
 * @property {{ small: number, large: number }} history messages
 * @property {{ small: number, large: number }} mailboxes entries of two mailboxes
 * @property {number} diskMessages that are sent to each stack to see what they weigh
 * @property {number} largeBodies messages with a large body
 * @property {number} pageMessages that lie in each mailbox when pages are read
 * @property {number} streams
 * @property {number} arrivalsPerSecond
 * @property {number} arrivalReaders
 * @property {boolean} extra what no ratio is made of is measured, too
 * @property {{ first: number, last: number }} loadSeconds after which resident memory is read
 */

/** @type {BenchSettings} less than 25 minutes */
const FULL = {
  rounds: 3,
  seconds: 10,
  warmUpSeconds: 1,
  lapSeconds: 10,
  people: 1000,
  senders: 100,
  connections: 32,
  history: { small: 1_000_000, large: 5_000_000 },
  mailboxes: { small: 1000, large: 100_000 },
  diskMessages: 30_000,
  largeBodies: 400,
  pageMessages: 100,
  streams: 10_000,
  arrivalsPerSecond: 500,
  arrivalReaders: 50,
  extra: true,
  loadSeconds: { first: 60, last: 600 },
};

/** @type {Partial<BenchSettings>} a twentieth of the history */
const SMALL = { history: { small: 50_000, large: 250_000 } };

/** @type {Partial<BenchSettings>} less than eight minutes: everybody is as warm as in the long run */
const SHORT = { ...SMALL, rounds: 2, seconds: 4, diskMessages: 9000, extra: false };

/** @type {Partial<BenchSettings>} for whoever works on the benchmark: the figures say nothing */
const QUICK = {
  ...SMALL,
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 0.3,
  lapSeconds: 4,
  people: 250,
  senders: 50,
  mailboxes: { small: 1000, large: 10_000 },
  diskMessages: 1500,
  largeBodies: 40,
  streams: 1000,
  loadSeconds: { first: 2, last: 5 },
};

const FLAGS = ['--quick', '--short', '--small', '--memory'];

/**
 * @param {string[]} args of the command line
 * @returns {BenchSettings & { quick: boolean, memory: boolean }}
 */
export function settingsOf(args) {
  const unknown = args.filter((arg) => !FLAGS.includes(arg));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. There are ${FLAGS.join(', ')}.`);
  const has = (arg) => args.includes(arg);
  return {
    ...FULL,
    ...(has('--small') ? SMALL : {}),
    ...(has('--short') ? SHORT : {}),
    ...(has('--quick') ? QUICK : {}),
    quick: has('--quick'),
    memory: has('--memory'),
  };
}
