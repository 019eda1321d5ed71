import { DomainError } from '../../core/errors.js';

export function stateRefused(): DomainError {
  return new DomainError({
    kind: 'refused',
    code: 'state.state-refused',
    detail: 'The state does not begin with the format byte 1.',
    pointer: '/state',
    extensions: { reason: 'wrong-format' },
  });
}

/** @param stateVersion of the stored state; 0 where there is none */
export function stateConflict(stateVersion: number, member: 'stateVersion' | 'previousHash'): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'state.state-conflict',
    detail:
      member === 'stateVersion'
        ? 'stateVersion is not one more than that of the stored state. Fetch the state and merge it with yours.'
        : 'previousHash is not the hash of the stored state. Fetch the state and merge it with yours.',
    pointer: `/${member}`,
    extensions: { stateVersion },
  });
}
