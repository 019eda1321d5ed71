import { DomainError } from '../../core/errors.js';

export function stateRefused(): DomainError {
  return new DomainError('state.state-refused', 'The state does not begin with the format byte 1.', {
    pointer: '/state',
    extensions: { reason: 'wrong-format' },
  });
}

/** What is not as it should be, by the member that says so. */
const CONFLICTS = {
  stateVersion: 'stateVersion is not one more than that of the stored state. Fetch the state and merge it with yours.',
  previousHash: 'previousHash is not the hash of the stored state. Fetch the state and merge it with yours.',
  stateHash: 'stateHash is not the hash of the stored state. Fetch the state, take it in, and repeat.',
} as const;

/** @param stateVersion of the stored state; 0 where there is none */
export function stateConflict(stateVersion: number, member: keyof typeof CONFLICTS): DomainError {
  return new DomainError('state.state-conflict', CONFLICTS[member], {
    pointer: `/${member}`,
    extensions: { stateVersion },
  });
}
