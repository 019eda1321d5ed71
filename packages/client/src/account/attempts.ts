import { isApiError, NetworkError } from '../errors.js';

const ATTEMPTS = 3;

/**
 * Tries a step that spends a challenge again with a fresh one, where the answer was lost or the challenge has run out.
 * @param step gets true once an earlier try may have been carried out
 */
export async function withFreshChallenge<T>(step: (inDoubt: boolean) => Promise<T>): Promise<T> {
  let inDoubt = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await step(inDoubt);
    } catch (error) {
      const lost = (error instanceof NetworkError && error.code !== 'client.aborted') || isUnavailable(error);
      const spent = isApiError(error, 'auth.challenge-refused', 'auth.challenge-used');
      if (attempt === ATTEMPTS || !(lost || spent)) throw error;
      inDoubt ||= lost;
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return isApiError(error) && error.status >= 502 && error.status <= 504;
}
