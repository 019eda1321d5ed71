/** A server of the run in a process of its own, which prints its address once it accepts requests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const START_TIMEOUT_MS = 120_000;
const LOCAL_ADDRESS = /http:\/\/127\.0\.0\.1:\d+(?!\d*\/metrics)/;
/** The end of what a server says is kept for the message when it fails. */
const KEPT_OUTPUT = 20_000;

/**
 * @typedef {object} ServerPlan
 * @property {string} name
 * @property {string} program
 * @property {string} folder
 * @property {Record<string, string>} env everything that it gets, besides what any program needs
 * @property {string[]} [nodeOptions]
 */

export class ServerProcess {
  #child;
  #exited;
  #output = '';
  #firstOutput = '';
  #plan;
  url = '';

  /** @param {ServerPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    const { PATH = '', HOME = '', TMPDIR } = process.env;
    this.#child = spawn(process.execPath, [...(plan.nodeOptions ?? []), plan.program], {
      cwd: plan.folder,
      env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...plan.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT);
        if (this.#firstOutput.length < KEPT_OUTPUT) this.#firstOutput += text;
      });
    }
    this.#exited = once(this.#child, 'exit');
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  /** What it said at its start, addresses among it. */
  get firstOutput() {
    return this.#firstOutput;
  }

  /** @returns {Promise<this>} */
  async ready() {
    const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
    while (this.url === '') {
      const ended = this.#exited.then(() => 'ended');
      const event = await Promise.race([once(this.#child.stdout, 'data', { signal: deadline }), ended]);
      if (event === 'ended') throw new Error(`${this.#plan.name} ended at its start:\n${this.#output}`);
      this.url = LOCAL_ADDRESS.exec(this.#output)?.[0] ?? '';
    }
    return this;
  }

  /** Ends it like an administrator would. */
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
