/** The bare Fastify of peers/bare-fastify. */
import { resolve } from 'node:path';
import { ServerProcess } from './server-process.mjs';

/** @param {{ send: string, keys: string }} answers what Sealpost answered */
export async function startBareFastify(answers) {
  const server = new ServerProcess({
    name: 'Bare Fastify',
    program: 'bench/peers/bare-fastify/server.mjs',
    folder: resolve(import.meta.dirname, '../..'),
    env: { NODE_ENV: 'production', BENCH_ANSWERS: JSON.stringify(answers) },
  });
  return server.ready();
}
