/** A reason why the server cannot start, in words for the administrator: it is printed as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
