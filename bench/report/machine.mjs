/** What a reader has to know of the machine, and nothing that names it. */
import { cpus, release, totalmem, type } from 'node:os';

const GIBIBYTE = 2 ** 30;

/** @param {string} postgres its version */
export function machineFacts(postgres) {
  const processors = cpus();
  return {
    processor: `${processors.length} × ${(processors[0]?.model ?? '').trim() || 'unnamed processor'}`,
    memory: `${Math.round(totalmem() / GIBIBYTE)} GiB`,
    system: `${type()} ${release().split('-')[0]}`,
    node: process.versions.node,
    postgres,
  };
}
