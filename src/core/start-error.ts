/** A reason why the server cannot start, in words for the administrator: it is printed as it is, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Where the server tried to listen, and the settings that say so. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly settings: { readonly host: string; readonly port: string };
}

/** What an administrator can do about an error of `listen()`; the error itself where there is nothing to say. */
export function listenError(error: unknown, { host, port, settings }: ListenAddress): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${host}, port ${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        `Another program already listens on ${where}. Stop it, or set ${settings.port} to another port.`,
      );
    case 'EACCES':
      return new StartError(`This user may not listen on ${where}. Set ${settings.port} to a port above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`This machine does not have the address ${host}. Set ${settings.host} to one that it has.`);
    default:
      return error;
  }
}
