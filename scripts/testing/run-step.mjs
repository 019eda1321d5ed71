import { spawn } from 'node:child_process';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command  the script for Node, or for `npm run` where `npm` is the first word
 * @property {string[]} [after]  names of the steps that must have passed first
 * @property {Record<string, string>} [env]
 * @property {number} [timeoutMs]
 */

/**
 * @typedef {object} Outcome
 * @property {'passed' | 'failed' | 'skipped'} status
 * @property {number} seconds
 * @property {string} output
 */

const DEFAULT_TIMEOUT_MS = 10 * 60_000;
const running = new Set();

/** Ends what still runs, with its children: each step leads a process group of its own. */
export function endRunningSteps() {
  for (const child of running) {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It ended in the meantime.
    }
  }
}

/**
 * Runs one step to its end and keeps what it prints.
 * @param {Step} step
 * @returns {Promise<Outcome>}
 */
export function runStep(step) {
  const started = performance.now();
  const byNpm = step.command[0] === 'npm';
  const program = byNpm ? 'npm' : process.execPath;
  const args = byNpm ? step.command.slice(1) : step.command;
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, {
      detached: true,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const finish = (passed, note = '') => {
      clearTimeout(timer);
      running.delete(child);
      const seconds = (performance.now() - started) / 1000;
      resolve({ status: passed ? 'passed' : 'failed', seconds, output: output + note });
    };
    const timeoutMs = step.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = setTimeout(() => {
      output += `\nEnded after ${timeoutMs / 1000} s without a result.\n`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => finish(false, `${program} could not be started: ${error.message}\n`));
    child.on('close', (code, signal) => finish(code === 0, signal === null ? '' : `Ended by ${signal}.\n`));
  });
}

/**
 * Runs the steps, at most `concurrency` at a time and in the order given as far as `after` allows. A step whose
 * predecessor failed is skipped. Reports each as it ends.
 * @param {Step[]} steps
 * @param {number} concurrency
 * @param {(step: Step, outcome: Outcome) => void} report
 * @returns {Promise<Map<string, Outcome>>}
 */
export async function runSteps(steps, concurrency, report) {
  const outcomes = new Map();
  const waiting = [...steps];
  const active = new Map();
  const settle = (step, outcome) => {
    outcomes.set(step.name, outcome);
    report(step, outcome);
  };
  while (waiting.length > 0 || active.size > 0) {
    for (const step of [...waiting]) {
      const before = (step.after ?? []).map((name) => outcomes.get(name)?.status ?? 'pending');
      const blocked = before.find((status) => status === 'failed' || status === 'skipped');
      if (blocked === undefined && (before.includes('pending') || active.size >= concurrency)) continue;
      waiting.splice(waiting.indexOf(step), 1);
      if (blocked !== undefined) settle(step, { status: 'skipped', seconds: 0, output: '' });
      else
        active.set(
          step.name,
          runStep(step).then((outcome) => (active.delete(step.name), settle(step, outcome))),
        );
    }
    if (active.size > 0) await Promise.race(active.values());
  }
  return outcomes;
}
