import type { DestinationStream } from 'pino';

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly message?: string;
  readonly error?: { readonly stack?: string };
  readonly [field: string]: unknown;
}

/** Turns JSON lines into lines for people at a terminal. */
export function readableLines(target: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      target.write(`${readable(JSON.parse(line) as LogLine)}\n`);
    },
  };
}

function readable({ time, level, message = '', error, ...fields }: LogLine): string {
  const clock = time.slice(11, 19);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${asText(value)}`);
  const stack = error?.stack === undefined ? '' : `\n${error.stack}`;
  return [clock, level.padEnd(5), message, ...details].join(' ') + stack;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
