/** The tutorial stack of peers/tutorial, and its people. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { query } from './database.mjs';
import { ServerProcess } from './server-process.mjs';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../..');
const FOLDER = 'bench/peers/tutorial';

/** Makes its tables and its Prisma client. */
export async function prepareTutorial(databaseUrl) {
  await query(databaseUrl, await readFile(join(PROJECT, FOLDER, 'tables.sql'), 'utf8'));
  const prisma = join(PROJECT, 'node_modules/prisma/build/index.js');
  await run(process.execPath, [prisma, 'generate', '--schema', `${FOLDER}/schema.prisma`, '--no-hints'], {
    cwd: PROJECT,
  });
}

/** Makes the people that Sealpost has, too, and a conversation for each pair that writes. */
export async function fillPeople(databaseUrl, userIds, senders) {
  await query(
    databaseUrl,
    `INSERT INTO "User" (id, email, "passwordHash", "publicKey")
     SELECT id, id || '@example.org', repeat('x', 60), repeat('x', 44) FROM unnest($1::text[]) AS id`,
    [userIds],
  );
  await query(
    databaseUrl,
    `INSERT INTO "Conversation" (id)
     SELECT '00000000-0000-4000-8000-' || lpad(s::text, 6, '0') || lpad(r::text, 6, '0')
       FROM generate_series(1, $1::int) AS s, generate_series(1, $2::int) AS r`,
    [senders, userIds.length],
  );
}

/**
 * @param {string} databaseUrl
 * @returns {Promise<{ stringSecret: ServerProcess, keyObject: ServerProcess, token: (userId: string) => string, stop: () => Promise<void> }>}
 */
export async function startTutorial(databaseUrl) {
  const secret = randomBytes(32).toString('hex');
  const env = { DATABASE_URL: databaseUrl, JWT_SECRET: secret, NODE_ENV: 'production' };
  const plan = { name: 'The tutorial stack', program: `${FOLDER}/server.mjs`, folder: PROJECT };
  const stringSecret = new ServerProcess({ ...plan, env });
  const keyObject = new ServerProcess({ ...plan, env: { ...env, JWT_KEY_OBJECT: '1' } });
  const stop = async () => {
    await Promise.all([stringSecret.stop(), keyObject.stop()]);
  };
  try {
    await Promise.all([stringSecret.ready(), keyObject.ready()]);
  } catch (error) {
    await stop();
    throw error;
  }
  const token = (userId) => jwt.sign({ sub: userId }, secret, { expiresIn: '2h' });
  return { stringSecret, keyObject, token, stop };
}
