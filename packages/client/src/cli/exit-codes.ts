import type { ExitCodes, Failure } from '@sealpost/command-line';
import { ContactWarning, KeysRefused } from '../trust/contact-errors.js';
import { EscrowWarning } from '../escrow/escrow-watch.js';
import {
  ApiError,
  NetworkError,
  RestoredAccountWarning,
  SealpostError,
  SharedStateWarning,
  UnconfirmedSend,
} from '../errors.js';
import { WordsNotShown } from './terminal.js';

/** What the command line ends with; scripts may rely on it. */
export const EXIT = { failed: 1, usage: 2, refused: 3, unreachable: 4, warning: 5, refusedEntries: 6 } as const;

export const EXIT_CODES: ExitCodes = {
  [EXIT.failed]: 'failed',
  [EXIT.usage]: 'wrong usage',
  [EXIT.refused]: 'refused by the server',
  [EXIT.unreachable]: 'not reached; a message waits in the outbox',
  [EXIT.warning]:
    'a decision is waited for: on somebody’s keys (contacts accept), your own (keys accept-restored), ' +
    'the shared state (state repair) or the escrow (escrow show)',
  [EXIT.refusedEntries]: 'the inbox held entries that were refused',
};

export function explain(error: unknown): Failure | undefined {
  if (error instanceof SealpostError) return { code: error.code, exitCode: exitCodeOf(error) };
  return error instanceof WordsNotShown ? { code: 'cli.failed', exitCode: EXIT.failed } : undefined;
}

export function exitCodeOf(error: SealpostError): number {
  if (error instanceof UnconfirmedSend || error instanceof NetworkError) return EXIT.unreachable;
  const warnings = [ContactWarning, KeysRefused, SharedStateWarning, EscrowWarning, RestoredAccountWarning];
  if (warnings.some((warning) => error instanceof warning)) return EXIT.warning;
  if (error instanceof ApiError) return error.status >= 500 ? EXIT.unreachable : EXIT.refused;
  return error.code === 'client.invalid-argument' ? EXIT.usage : EXIT.failed;
}
