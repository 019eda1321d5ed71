import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Settings } from '../config/index.js';
import { describeError } from './describe-error.js';
import { readableLines } from './readable-lines.js';
import { redact } from './redact.js';

export type { Logger } from 'pino';

const STANDARD_ERROR = 2;

/**
 * Structured log lines on standard error; standard output is left to the start message. On a terminal they are written
 * for people, otherwise as one JSON object each.
 */
export function createLogger(
  settings: Pick<Settings, 'logLevel' | 'logFormat'>,
  destination: DestinationStream = standardError(settings.logFormat),
): Logger {
  return pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (level) => ({ level }), log: redact },
      serializers: { error: describeError, err: describeError },
    },
    destination,
  );
}

function standardError(format: Settings['logFormat']): DestinationStream {
  const readable = format === 'text' || (format === 'auto' && process.stderr.isTTY);
  const stream = pino.destination({ fd: STANDARD_ERROR, sync: false });
  return readable ? readableLines(stream) : stream;
}
