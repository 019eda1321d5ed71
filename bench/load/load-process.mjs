/** The generator of load as its parent sees it: one process for a whole run, so that every contestant meets it warm. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export class LoadProcess {
  #child = fork(join(import.meta.dirname, 'worker.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  #ended = once(this.#child, 'exit').then(([code]) => {
    throw new Error(`The generator of load ended with ${code}`);
  });

  constructor() {
    this.#ended.catch(() => undefined);
  }

  /**
   * @param {import('./closed-loop.mjs').ClosedLoop} job
   * @returns {Promise<import('./closed-loop.mjs').LoadResult>} throws if any answer had another status than expected, or none counted
   */
  async closedLoop(job) {
    const result = await this.#run('closedLoop', job);
    if (result.unexpected !== undefined) {
      throw new Error(
        `${job.requests[0]?.method} ${job.requests[0]?.path} at ${job.url} was to be answered with ${job.expected} only, ` +
          `but the answers were ${JSON.stringify(result.statuses)}. The first other one:\n${result.unexpected}`,
      );
    }
    if (result.answers === 0)
      throw new Error(`No answer to ${job.requests[0]?.path} at ${job.url} came in time to count`);
    return result;
  }

  /**
   * @param {import('./arrivals.mjs').Arrivals} job
   * @returns {Promise<import('./arrivals.mjs').ArrivalsResult>}
   */
  arrivals(job) {
    return this.#run('arrivals', job);
  }

  /**
   * Opens streams and keeps them open.
   * @param {import('./idle-streams.mjs').IdleStreams} job
   */
  async openStreams(job) {
    await this.#run('openStreams', job);
  }

  async closeStreams() {
    await this.#run('closeStreams', {});
  }

  async #run(kind, job) {
    this.#child.send({ kind, job });
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    if (answer.error !== undefined) throw new Error(`The generator of load: ${answer.error}`);
    return answer.result;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    this.#child.disconnect();
    await this.#ended.catch(() => undefined);
  }
}
