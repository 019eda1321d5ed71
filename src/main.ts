import 'reflect-metadata';
import { loadSettings, SettingsError } from './core/config/index.js';
import type { Settings } from './core/config/index.js';
import { createLogger } from './core/logging/index.js';
import type { Logger } from './core/logging/index.js';
import { StartError } from './core/start-error.js';
import type { Server } from './server.js';

const EXIT_FAILURE = 1;
/** EX_CONFIG of sysexits.h. */
const EXIT_SETTINGS = 78;
/** Ctrl+C reaches this process twice when npm, its parent, passes the signal on. */
const SAME_KEYPRESS_MS = 1000;
/** For the database to stop when the server ends without grace. */
const LAST_WORK_MS = 5000;

/** Turns signals and failures into one orderly end of the process. */
class ServerProcess {
  private server: Server | null = null;
  private stopRequestedAt: number | null = null;
  private readonly start = new AbortController();

  constructor(
    private readonly settings: Settings,
    private readonly log: Logger,
  ) {}

  async run(): Promise<void> {
    // SIGHUP when its terminal closes: by default it would leave the embedded database running.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void this.onSignal(signal));
    process.on('uncaughtException', (error) => void this.fail(error, 'An error was not handled'));
    process.on('unhandledRejection', (error) => void this.fail(error, 'A rejection was not handled'));
    // Nobody reads the start message: no reason to stop.
    process.stdout.on('error', () => undefined);
    const onLost = (error: Error) => void this.fail(error, 'The database is lost');
    const { settings, log, start } = this;
    try {
      // Most of the program, and a second of work: the settings are judged and signals are heeded before it.
      const { Server: ServerClass } = await import('./server.js');
      start.signal.throwIfAborted();
      this.server = await ServerClass.start({ settings, log, onLost, signal: start.signal });
    } catch (error) {
      if (!start.signal.aborted) throw error;
      log.info({}, 'Stopped before the start was finished');
      process.exit(0);
    }
    if (start.signal.aborted) return this.stop(this.server);
    process.stdout.write(this.server.banner);
  }

  private async onSignal(signal: NodeJS.Signals): Promise<void> {
    const now = performance.now();
    if (this.stopRequestedAt !== null) {
      if (now - this.stopRequestedAt > SAME_KEYPRESS_MS) await this.end('The server was told to stop at once');
      return;
    }
    this.stopRequestedAt = now;
    this.log.info({ signal }, 'Stopping');
    if (this.server === null) this.start.abort(new StartError('The server is being stopped.'));
    else await this.stop(this.server);
  }

  private async stop(server: Server): Promise<void> {
    try {
      const finished = await server.stop();
      this.log.info({ finished }, 'Stopped');
      process.exit(finished ? 0 : EXIT_FAILURE);
    } catch (error) {
      await this.fail(error, 'The server could not stop in order');
    }
  }

  private async fail(error: unknown, message: string): Promise<void> {
    this.log.fatal({ error }, message);
    await this.end(message);
  }

  private async end(reason: string): Promise<void> {
    setTimeout(() => process.exit(EXIT_FAILURE), LAST_WORK_MS).unref();
    try {
      await this.server?.abort();
    } finally {
      this.log.error({ reason }, 'Ended without finishing what was in flight');
      process.exit(EXIT_FAILURE);
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof StartError || error instanceof SettingsError) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `An error that was not foreseen. Please report it.\n${details}`;
}

try {
  const settings = loadSettings();
  await new ServerProcess(settings, createLogger(settings)).run();
} catch (error) {
  process.stderr.write(`Sealpost cannot start.\n${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? EXIT_SETTINGS : EXIT_FAILURE);
}
