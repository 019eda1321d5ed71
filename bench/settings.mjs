/** How large a run is. */

/**
 * @typedef {object} BenchSettings
 * @property {number} rounds
 * @property {number} seconds of one measurement
 * @property {number} warmUpSeconds before each
 * @property {number} lapSeconds of each measurement in a first lap that does not count
 * @property {number} people who have a mailbox
 * @property {number} senders the first of them
 * @property {number} connections
 * @property {{ small: number, large: number }} history messages
 * @property {number} diskMessages that are sent to each stack to see what they weigh
 * @property {number} pageMessages that lie in each mailbox when pages are read
 * @property {number} streams
 * @property {number} arrivalsPerSecond
 * @property {number} arrivalReaders
 */

/** @type {BenchSettings} about a quarter of an hour */
const FULL = {
  rounds: 5,
  seconds: 4,
  warmUpSeconds: 1,
  lapSeconds: 2,
  people: 1000,
  senders: 100,
  connections: 32,
  history: { small: 1_000_000, large: 5_000_000 },
  diskMessages: 30_000,
  pageMessages: 100,
  streams: 10_000,
  arrivalsPerSecond: 500,
  arrivalReaders: 50,
};

/** @type {Partial<BenchSettings>} a twentieth of the history */
const SMALL = { history: { small: 50_000, large: 250_000 } };

/** @type {Partial<BenchSettings>} five minutes */
const SHORT = { ...SMALL, rounds: 3, seconds: 2, warmUpSeconds: 0.5, lapSeconds: 1, diskMessages: 10_000 };

/** @type {Partial<BenchSettings>} for whoever works on the benchmark: the figures say little */
const QUICK = {
  ...SMALL,
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 0.3,
  lapSeconds: 1,
  people: 250,
  senders: 50,
  diskMessages: 3000,
  streams: 1000,
};

/**
 * @param {string[]} args of the command line
 * @returns {BenchSettings & { quick: boolean }}
 */
export function settingsOf(args) {
  const unknown = args.filter((arg) => !['--quick', '--short', '--small'].includes(arg));
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. There are --quick, --short and --small.`);
  const quick = args.includes('--quick');
  const has = (arg) => args.includes(arg);
  return {
    ...FULL,
    ...(has('--small') ? SMALL : {}),
    ...(has('--short') ? SHORT : {}),
    ...(quick ? QUICK : {}),
    quick,
  };
}
