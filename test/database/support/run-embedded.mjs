// Starts the embedded database as the built server does, tells what happens in JSON lines, stops it on SIGTERM.
import { EmbeddedPostgres } from '../../../dist/core/database/embedded/embedded-postgres.js';

const [dataDir] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = Object.fromEntries(
  ['info', 'warn', 'error'].map((level) => [level, (context, message) => tell({ level, message, ...context })]),
);

try {
  const database = await EmbeddedPostgres.start({ dataDir, maxConnections: 30, log });
  process.once('SIGTERM', () => void database.stop());
  tell({ ready: true, connection: database.connection });
} catch (error) {
  tell({ refused: error.message });
  process.exitCode = 1;
}
