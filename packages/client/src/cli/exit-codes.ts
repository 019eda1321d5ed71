import { ContactWarning, KeysRefused } from '../contacts/contact-errors.js';
import { EscrowWarning } from '../escrow/escrow-watch.js';
import { ApiError, NetworkError, SealpostError, SharedStateWarning, UnconfirmedSend } from '../errors.js';
import { UsageError } from './usage-error.js';

/** What the command line ends with; scripts may rely on it. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The server said no. */
  refused: 3,
  /** The network or the server failed; for `send`: the message waits in the outbox. */
  unreachable: 4,
  /** Somebody's keys (`sealpost accept`), the shared state (`sealpost state`) or the escrow (`sealpost escrow`) need a decision. */
  warning: 5,
  /** The inbox held entries that were refused. */
  refusedEntries: 6,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnconfirmedSend || error instanceof NetworkError) return EXIT.unreachable;
  const warnings = [ContactWarning, KeysRefused, SharedStateWarning, EscrowWarning];
  if (warnings.some((warning) => error instanceof warning)) return EXIT.warning;
  if (error instanceof ApiError) return error.status >= 500 ? EXIT.unreachable : EXIT.refused;
  if (error instanceof SealpostError && error.code === 'client.invalid-argument') return EXIT.usage;
  return EXIT.failed;
}
