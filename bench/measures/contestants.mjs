/** Who is measured, in the order of the first round. */
import { cpuSeconds } from '../environment/cpu.mjs';
import { readMetric } from '../environment/metrics.mjs';
import { call } from '../environment/people.mjs';
import { runPgbench } from '../peers/pgbench/pgbench.mjs';
import { batches, inboxPages, newestKeys, sealedSends, sends } from './sealpost-requests.mjs';
import { tutorialPages, tutorialSends } from './tutorial-requests.mjs';

const BATCH = 100;
const BATCH_CONNECTIONS = 4;
const BODY_BYTES = 300;
const PAGE = 50;
const EVENT_LOOP_DELAY = 'sealpost_event_loop_delay_seconds{statistic="max"}';
const KIB = 1024;

/**
 * @typedef {Record<string, number>} Figures of one measurement: rate per second, p50, p90, p99 and max in milliseconds,
 *   nodeCpu and postgresCpu in microseconds for each answer
 * @typedef {{ seconds: number, warmUpSeconds: number }} Lap
 * @typedef {object} Contestant
 * @property {string} key
 * @property {boolean} [first] of its process and route: its code has to be compiled before anything counts
 * @property {(lap: Lap) => Promise<Figures>} measure
 * @typedef {import('../environment/stage.mjs').Stage} Stage
 * @typedef {import('../settings.mjs').BenchSettings} Settings
 */

/**
 * @param {Stage} stage
 * @param {Settings} settings
 * @param {number} pace messages per second for those who are measured at the same one
 * @returns {Contestant[]}
 */
export function contestantsOf(stage, settings, pace) {
  return [
    ...writers(stage, settings),
    ...paced(stage, settings, pace),
    ...readers(stage, settings),
    ...histories(stage, settings),
    ...singles(stage, settings),
    ...bodies(stage, settings),
    arrivals(stage, settings),
  ];
}

function writers(stage, settings) {
  const { people, senders, tutorial, fastify } = stage;
  const [server] = stage.sealpost.processes;
  const loop = loopOn(stage, settings);
  const further = { connections: BATCH_CONNECTIONS };
  const extra = [
    { key: 'sealed.sealpost', measure: loop(server, sealedSends(senders, people, BODY_BYTES), 201) },
    { key: 'batch.sealpost', measure: times(BATCH, loop(server, batches(senders, BATCH), 200, further)) },
  ];
  return [
    ...onPgbench(stage, settings, 'post.pgbench', 'write', settings.connections),
    { key: 'post.sealpost', first: true, measure: withEventLoopDelay(server, loop(server, sends(senders), 201)) },
    { key: 'post.tutorial', first: true, measure: loop(tutorial.stringSecret, tutorialRequests(stage), 201) },
    { key: 'post.tutorialKeyObject', first: true, measure: loop(tutorial.keyObject, tutorialRequests(stage), 201) },
    { key: 'post.fastify', first: true, measure: loop(fastify, sends(senders), 201) },
    ...(settings.extra ? extra : []),
  ];
}

function tutorialRequests({ senders, tutorial }) {
  return tutorialSends(
    senders.map(({ userId }) => userId),
    tutorial.token,
  );
}

/** Latencies at a rate that everybody can keep up with. */
function paced(stage, settings, perSecond) {
  const { people, senders, sealpost, tutorial, load } = stage;
  const variables = { recipients: people.map(({ userId }) => userId), ciphertextBytes: BODY_BYTES };
  const at = (sendTo, requests) => async (lap) => {
    const job = { sendTo, requests, variables, perSecond, connections: settings.connections, readers: [], ...lap };
    return { rate: perSecond, ...(await load.arrivals(job)).answered };
  };
  return [
    { key: 'paced.sealpost', measure: at(sealpost.urls[0], sends(senders)) },
    { key: 'paced.tutorial', measure: at(tutorial.stringSecret.url, tutorialRequests(stage)) },
  ];
}

function readers(stage, settings) {
  const { people, tutorial, fastify } = stage;
  const [server] = stage.sealpost.processes;
  const loop = loopOn(stage, settings);
  const ids = people.map(({ userId }) => userId);
  const keys = newestKeys(people.slice(0, settings.senders));
  return [
    ...onPgbench(stage, settings, 'page.pgbench', 'page', settings.connections),
    { key: 'page.sealpost', first: true, measure: loop(server, inboxPages(people), 200) },
    {
      key: 'page.tutorial',
      first: true,
      measure: loop(tutorial.stringSecret, tutorialPages(ids, tutorial.token), 200),
    },
    { key: 'keys.sealpost', first: true, measure: loop(server, keys, 200) },
    { key: 'keys.fastify', first: true, measure: loop(fastify, keys, 200) },
  ];
}

/** Pages from anywhere in what a mailbox holds, which is why they are sought by numbers of as many digits. */
function histories(stage, settings) {
  const { history, mailboxes } = settings;
  const pages = (key, { processes: [server] }, people, entries, first) => {
    const below = entries - PAGE;
    const positions = { from: 10 ** (String(below - 1).length - 1), below };
    const loop = loopOn(stage, settings, { positions });
    return { key, first, measure: loop(server, inboxPages(people, '{{position}}'), 200) };
  };
  const { smallHistory, largeHistory, people, readersOfMailboxes } = stage;
  const others = people.slice(0, -2);
  return [
    pages('history.small', smallHistory, others, history.small / people.length, true),
    pages('history.large', largeHistory, others, history.large / people.length, true),
    pages('mailbox.small', smallHistory, [readersOfMailboxes.small], mailboxes.small),
    pages('mailbox.large', smallHistory, [readersOfMailboxes.large], mailboxes.large),
  ];
}

function singles(stage, settings) {
  const loop = loopOn(stage, settings);
  const requests = sends(stage.senders);
  const one = { connections: 1 };
  return [
    ...onPgbench(stage, settings, 'single.pgbench', 'write', 1),
    { key: 'single.sealpost', measure: loop(stage.sealpost.processes[0], requests, 201, one) },
    { key: 'single.fastify', measure: loop(stage.fastify, requests, 201, one) },
  ];
}

/** So many rather than so long: large ones would fill the disk. */
function bodies(stage, settings) {
  const loop = loopOn(stage, settings);
  const one = (key, bytes) => {
    const requests = sealedSends(stage.senders.slice(0, 8), stage.people, bytes);
    const further = { connections: 8, count: settings.largeBodies };
    return { key, measure: loop(stage.sealpost.processes[0], requests, 201, further) };
  };
  return [one('body.64', 64 * KIB), one('body.254', 254 * KIB)];
}

function arrivals(stage, settings) {
  const { senders, sealpost, load } = stage;
  const listeners = stage.people.slice(-settings.arrivalReaders);
  const [sendTo = '', listenTo = ''] = sealpost.urls;
  const measure = async (lap) => {
    const result = await load.arrivals({
      ...{ sendTo, listenTo, requests: sends(senders), connections: settings.connections, ...lap },
      variables: { recipients: listeners.map(({ userId }) => userId), ciphertextBytes: BODY_BYTES },
      readers: await Promise.all(listeners.map((person) => newestPosition(listenTo, person))),
      perSecond: settings.arrivalsPerSecond,
    });
    return { answered: result.answered.p50, arrived: result.arrived.p50, arrivedP99: result.arrived.p99 };
  };
  return { key: 'arrivals.sealpost', measure };
}

/**
 * Where a reader begins who wants to hear news only.
 * @param {string} url
 * @param {import('../environment/people.mjs').Person} reader
 */
export async function newestPosition(url, { token }) {
  const { lastSequence } = await call(url, 'GET', '/v1/messages?limit=1', undefined, token);
  return { token, after: lastSequence };
}

/** A closed loop with the settings of the run, on one server of which the CPU time is taken. */
function loopOn({ load, people, postmaster }, settings, variables = {}) {
  const recipients = people.map(({ userId }) => userId);
  return (server, requests, expected, further = {}) =>
    async (lap) => {
      const used = async () => [await cpuSeconds(server.pid), await cpuSeconds(postmaster)];
      const before = await used();
      const { rate, latency, statuses } = await load.closedLoop({
        ...{ url: server.url, requests, expected, connections: settings.connections, ...lap, ...further },
        variables: { recipients, ciphertextBytes: BODY_BYTES, ...variables },
      });
      const after = await used();
      // Those of the warm-up cost as much.
      const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0);
      const [nodeCpu = NaN, postgresCpu = NaN] = after.map(
        (at, index) => ((at - (before[index] ?? NaN)) * 1e6) / answers,
      );
      return { rate, ...latency, nodeCpu, postgresCpu };
    };
}

/** Where an answer stands for many. */
function times(count, measure) {
  return async (lap) => {
    const { rate, nodeCpu, postgresCpu, ...latency } = await measure(lap);
    return { rate: rate * count, ...latency, nodeCpu: nodeCpu / count, postgresCpu: postgresCpu / count };
  };
}

function onPgbench(stage, settings, key, script, clients) {
  if (stage.pgbench === undefined) return [];
  const { program, scripts } = stage.pgbench;
  // Pages are read where Sealpost reads them; what pgbench writes is its own.
  const database = script === 'page' ? stage.databases.sealpost : stage.databases.pgbench;
  const { scratch: folder, counts, postmaster } = stage;
  const plan = { program, database, postmaster, script: scripts[script], folder, clients, counts };
  return [{ key, measure: (lap) => runPgbench({ ...plan, ...lap }) }];
}

/** The longest that the event loop was late meanwhile. Reading the metric sets it back. */
function withEventLoopDelay(server, measure) {
  return async (lap) => {
    await readMetric(server, EVENT_LOOP_DELAY);
    const figures = await measure(lap);
    return { ...figures, eventLoopDelay: (await readMetric(server, EVENT_LOOP_DELAY)) * 1000 };
  };
}
