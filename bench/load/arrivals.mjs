/** Messages at a steady rate to one server while their recipients listen to streams of another: when do they arrive? */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.mjs';
import { openStream } from './event-stream.mjs';
import { Histogram } from './histogram.mjs';
import { compileRequest, placesOf } from './request-template.mjs';

const TICK_MS = 1;
const LAST_ARRIVAL_MS = 10_000;

/**
 * @typedef {object} Arrivals
 * @property {string} sendTo
 * @property {string} [listenTo] where there are readers
 * @property {import('./request-template.mjs').RequestSpec[]} requests each a POST of one message
 * @property {import('./request-template.mjs').Variables} variables whose recipients are the readers
 * @property {{ token: string, after: number }[]} readers without any, answers only are waited for
 * @property {number} connections
 * @property {number} perSecond
 * @property {number} seconds
 * @property {number} warmUpSeconds
 *
 * @typedef {object} ArrivalsResult
 * @property {import('./histogram.mjs').Percentiles} answered from when a message was due to its 201
 * @property {import('./histogram.mjs').Percentiles} arrived from the same moment to its event
 * @property {number} messages
 */

/**
 * @param {Arrivals} job
 * @returns {Promise<ArrivalsResult>}
 */
export async function measureArrivals(job) {
  const post = new PostAndWait(job);
  const listenTo = new URL(job.listenTo ?? job.sendTo);
  const handlers = { onMessage: (data) => post.onArrival(data), onError: (error) => post.fail(error) };
  const streams = await Promise.all(job.readers.map((reader) => openStream(listenTo, reader, handlers)));
  try {
    await post.run();
  } finally {
    for (const stream of streams) stream.close();
    post.close();
  }
  return post.result();
}

class PostAndWait {
  #job;
  #connections;
  #idle;
  #answered = new Histogram();
  #arrived = new Histogram();
  /** @type {Map<string, { due: number, counts: boolean }>} messages under way, by id */
  #underWay = new Map();
  #unanswered = 0;
  /** @type {Error | undefined} */
  #error;

  constructor(job) {
    this.#job = job;
    const url = new URL(job.sendTo);
    this.#connections = Array.from({ length: job.connections }, () => new Connection(url));
    this.#idle = this.#connections.map((connection, index) => {
      const places = placesOf(job.variables, 7919 * (index + 1));
      const request = compileRequest(job.requests[index % job.requests.length], url, places);
      connection.onError = (error) => this.fail(error);
      return { connection, request, lastId: () => places.id?.last?.() ?? '' };
    });
  }

  fail(error) {
    this.#error ??= error;
  }

  async run() {
    await Promise.all(this.#connections.map((connection) => connection.connected()));
    const { perSecond, seconds, warmUpSeconds } = this.#job;
    const begin = performance.now();
    const total = Math.round(perSecond * (warmUpSeconds + seconds));
    for (let sent = 0; sent < total && this.#error === undefined;) {
      const due = begin + (sent * 1000) / perSecond;
      // A message that is due waits for a connection, and its time runs.
      const ready = due <= performance.now() ? this.#idle.shift() : undefined;
      if (ready === undefined) {
        await sleep(TICK_MS);
        continue;
      }
      this.#send(ready, due, sent >= perSecond * warmUpSeconds);
      sent += 1;
    }
    await this.#settle();
  }

  #send(sender, due, counts) {
    const bytes = sender.request();
    if (this.#job.readers.length > 0) this.#underWay.set(sender.lastId(), { due, counts });
    this.#unanswered += 1;
    sender.connection.onAnswer = (status, text) => {
      if (status !== 201) this.fail(new Error(`A message was answered with ${status}: ${text()}`));
      if (counts) this.#answered.record(performance.now() - due);
      this.#unanswered -= 1;
      this.#idle.push(sender);
    };
    sender.connection.send(bytes);
  }

  /** @param {string} data the JSON of a mailbox entry */
  onArrival(data) {
    const id = /"id":"([^"]+)"/.exec(data)?.[1] ?? '';
    const message = this.#underWay.get(id);
    if (message === undefined) return;
    this.#underWay.delete(id);
    if (message.counts) this.#arrived.record(performance.now() - message.due);
  }

  async #settle() {
    const deadline = performance.now() + LAST_ARRIVAL_MS;
    while (this.#underWay.size > 0 || this.#unanswered > 0) {
      if (this.#error !== undefined) throw this.#error;
      if (performance.now() > deadline) throw new Error(`${this.#underWay.size} messages did not arrive`);
      await sleep(TICK_MS);
    }
    if (this.#error !== undefined) throw this.#error;
  }

  close() {
    for (const connection of this.#connections) connection.close();
  }

  /** @returns {ArrivalsResult} */
  result() {
    return {
      answered: this.#answered.summary(),
      arrived: this.#arrived.summary(),
      messages: this.#arrived.count,
    };
  }
}
