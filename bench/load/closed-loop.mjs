/** Loads a server by a number of connections for some seconds; each has one request in flight. */
import { Connection } from './connection.mjs';
import { Histogram } from './histogram.mjs';
import { compileRequest, placesOf } from './request-template.mjs';

/**
 * @typedef {object} ClosedLoop
 * @property {string} url
 * @property {import('./request-template.mjs').RequestSpec[]} requests shared out among the connections
 * @property {import('./request-template.mjs').Variables} variables
 * @property {number} connections
 * @property {number} seconds
 * @property {number} warmUpSeconds requests that do not count
 * @property {number} expected the status that every answer has to have
 * @property {number} [count] ends after so many answers, however long it takes; there is no warm-up then
 *
 * @typedef {object} LoadResult
 * @property {number} rate answers per second
 * @property {import('./histogram.mjs').Percentiles} latency
 * @property {Record<number, number>} statuses of all answers, also those of the warm-up
 * @property {number} answers that were counted
 * @property {string} [unexpected] the first answer with another status
 */

/**
 * @param {ClosedLoop} job
 * @returns {Promise<LoadResult>}
 */
export async function runClosedLoop(job) {
  const url = new URL(job.url);
  const connections = Array.from({ length: job.connections }, () => new Connection(url));
  await Promise.all(connections.map((connection) => connection.connected()));
  // All requests are made before the clock starts.
  const drivers = connections.map((connection, index) => ({ connection, next: requestsOf(job, url, index) }));
  const run = new Run(job);
  try {
    await Promise.all(drivers.map(({ connection, next }) => run.drive(connection, next)));
  } finally {
    for (const connection of connections) connection.close();
  }
  return run.result();
}

/** The requests of one connection in turn, with buffers of its own. */
function requestsOf(job, url, index) {
  const places = placesOf(job.variables, 7919 * (index + 1));
  const own = job.requests.filter((_, position) => position % job.connections === index % job.requests.length);
  const compiled = own.map((request) => compileRequest(request, url, places));
  let turn = 0;
  return () => {
    turn = (turn + 1) % compiled.length;
    return compiled[turn]?.() ?? Buffer.alloc(0);
  };
}

class Run {
  #job;
  #started;
  #begin;
  #end;
  /** Requests that may still be sent. */
  #left;
  #histogram = new Histogram();
  /** @type {Record<number, number>} */
  #statuses = {};
  /** @type {string | undefined} */
  #unexpected;

  /** @param {ClosedLoop} job */
  constructor(job) {
    this.#job = job;
    this.#started = performance.now();
    this.#begin = this.#started + (job.count === undefined ? job.warmUpSeconds * 1000 : 0);
    this.#end = job.count === undefined ? this.#begin + job.seconds * 1000 : Infinity;
    this.#left = job.count ?? Infinity;
  }

  /**
   * @param {Connection} connection
   * @param {() => Buffer} nextRequest
   * @returns {Promise<void>}
   */
  drive(connection, nextRequest) {
    return new Promise((resolve, reject) => {
      let sentAt = 0;
      const send = () => {
        if (this.#left === 0) {
          resolve();
          return;
        }
        this.#left -= 1;
        const request = nextRequest();
        sentAt = performance.now();
        connection.send(request);
      };
      connection.onError = reject;
      connection.onAnswer = (status, text) => {
        const now = performance.now();
        this.#count(status, text);
        if (now > this.#end) {
          resolve();
          return;
        }
        if (now >= this.#begin) this.#histogram.record(now - sentAt);
        send();
      };
      send();
    });
  }

  #count(status, text) {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (status !== this.#job.expected) this.#unexpected ??= text().slice(0, 2000);
  }

  /** @returns {LoadResult} */
  result() {
    const answers = this.#histogram.count;
    return {
      rate: answers / (this.#end === Infinity ? (performance.now() - this.#started) / 1000 : this.#job.seconds),
      latency: this.#histogram.summary(),
      statuses: this.#statuses,
      answers,
      ...(this.#unexpected === undefined ? {} : { unexpected: this.#unexpected }),
    };
  }
}
