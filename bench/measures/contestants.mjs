/** Who is measured at what in each round, in turn. */
import { runPgbench } from '../peers/pgbench/pgbench.mjs';
import { readMetric } from '../environment/metrics.mjs';
import { call } from '../environment/people.mjs';
import { batches, inboxPages, newestKeys, sealedSends, sends } from './sealpost-requests.mjs';
import { tutorialPages, tutorialSends } from './tutorial-requests.mjs';

const BATCH = 100;
const BATCH_CONNECTIONS = 4;
const BODY_BYTES = 300;
const PAGE = 50;
const EVENT_LOOP_DELAY = 'sealpost_event_loop_delay_seconds{statistic="max"}';

/**
 * @typedef {Record<string, number>} Figures of one measurement: rate per second, p50, p90, p99 and max in milliseconds
 * @typedef {object} Contestant
 * @property {string} key
 * @property {() => Promise<Figures>} measure
 */

/**
 * @param {import('../environment/stage.mjs').Stage} stage
 * @param {import('../settings.mjs').BenchSettings} settings
 * @returns {Contestant[]}
 */
export function contestantsOf(stage, settings) {
  return [
    ...writers(stage, settings),
    ...readers(stage, settings),
    ...singles(stage, settings),
    arrivals(stage, settings),
  ];
}

function writers(stage, settings) {
  const { people, senders, tutorial } = stage;
  const url = stage.sealpost.urls[0] ?? '';
  const loop = loopOn(stage, settings);
  const senderIds = senders.map(({ userId }) => userId);
  const tutorialRequests = tutorialSends(senderIds, tutorial.token);
  const batchRequests = batches(senders, BATCH);
  return [
    ...onPgbench(stage, settings, 'post.pgbench', 'write', settings.connections),
    { key: 'post.sealpost', measure: () => withEventLoopDelay(stage, () => loop(url, sends(senders), 201)) },
    { key: 'post.tutorial', measure: () => loop(tutorial.stringSecret.url, tutorialRequests, 201) },
    { key: 'post.tutorialKeyObject', measure: () => loop(tutorial.keyObject.url, tutorialRequests, 201) },
    { key: 'post.fastify', measure: () => loop(stage.fastify.url, sends(senders), 201) },
    { key: 'sealed.sealpost', measure: () => loop(url, sealedSends(senders, people, BODY_BYTES), 201) },
    {
      key: 'batch.sealpost',
      measure: async () => {
        const figures = await loop(url, batchRequests, 200, BATCH_CONNECTIONS);
        return { ...figures, rate: (figures.rate ?? NaN) * BATCH };
      },
    },
  ];
}

function readers(stage, settings) {
  const { people, tutorial } = stage;
  const url = stage.sealpost.urls[0] ?? '';
  const loop = loopOn(stage, settings);
  const pages = tutorialPages(
    people.map(({ userId }) => userId),
    tutorial.token,
  );
  const keys = newestKeys(people.slice(0, settings.senders));
  return [
    ...onPgbench(stage, settings, 'page.pgbench', 'page', settings.connections),
    { key: 'page.sealpost', measure: () => loop(url, inboxPages(people), 200) },
    { key: 'page.tutorial', measure: () => loop(tutorial.stringSecret.url, pages, 200) },
    { key: 'keys.sealpost', measure: () => loop(url, keys, 200) },
    { key: 'keys.fastify', measure: () => loop(stage.fastify.url, keys, 200) },
    historyPages(stage, settings, 'history.small', stage.smallHistory, settings.history.small),
    historyPages(stage, settings, 'history.large', stage.largeHistory, settings.history.large),
  ];
}

/** Pages from anywhere in the history, which is why they are sought by numbers of as many digits. */
function historyPages(stage, settings, key, server, messages) {
  const below = messages / stage.people.length - PAGE;
  const positions = { from: 10 ** (String(below - 1).length - 1), below };
  const requests = inboxPages(stage.people, '{{position}}');
  const loop = loopOn(stage, settings, { positions });
  return { key, measure: () => loop(server.urls[0], requests, 200) };
}

function singles(stage, settings) {
  const loop = loopOn(stage, settings);
  return [
    ...onPgbench(stage, settings, 'single.pgbench', 'write', 1),
    { key: 'single.sealpost', measure: () => loop(stage.sealpost.urls[0] ?? '', sends(stage.senders), 201, 1) },
  ];
}

function arrivals(stage, settings) {
  const { senders, sealpost, load } = stage;
  const listeners = stage.people.slice(-settings.arrivalReaders);
  const [sendTo = '', listenTo = ''] = sealpost.urls;
  const measure = async () => {
    const result = await load.arrivals({
      sendTo,
      listenTo,
      requests: sends(senders),
      variables: { recipients: listeners.map(({ userId }) => userId), ciphertextBytes: BODY_BYTES },
      readers: await Promise.all(listeners.map((person) => newestPosition(listenTo, person))),
      connections: settings.connections,
      perSecond: settings.arrivalsPerSecond,
      seconds: settings.seconds,
      warmUpSeconds: settings.warmUpSeconds,
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

/** A closed loop with the settings of the run. */
function loopOn({ load, people }, settings, further = {}) {
  const recipients = people.map(({ userId }) => userId);
  return async (url, requests, expected, connections = settings.connections) => {
    const { seconds, warmUpSeconds } = settings;
    const variables = { recipients, ciphertextBytes: BODY_BYTES, ...further };
    const { rate, latency } = await load.closedLoop({
      ...{ url, requests, variables, connections, seconds, warmUpSeconds, expected },
    });
    return { rate, ...latency };
  };
}

/** pgbench counts whole seconds and has no warm-up of its own: a short run goes before. */
function onPgbench(stage, settings, key, script, clients) {
  if (stage.pgbench === undefined) return [];
  const { program, scripts } = stage.pgbench;
  // Pages are read where Sealpost reads them; what pgbench writes is its own.
  const database = script === 'page' ? stage.databases.sealpost : stage.databases.pgbench;
  const { scratch: folder, counts } = stage;
  const run = (seconds) => runPgbench({ program, database, script: scripts[script], folder, clients, seconds, counts });
  const measure = async () => {
    await run(settings.warmUpSeconds);
    return run(settings.seconds);
  };
  return [{ key, measure }];
}

/** The longest that the event loop was late meanwhile. Reading the metric sets it back. */
async function withEventLoopDelay(stage, measure) {
  const [server] = stage.sealpost.processes;
  await readMetric(server, EVENT_LOOP_DELAY);
  const figures = await measure();
  return { ...figures, eventLoopDelay: (await readMetric(server, EVENT_LOOP_DELAY)) * 1000 };
}
