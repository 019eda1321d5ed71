/** Where a request was sent to, as far as the server sees it. */
export interface RequestAddress {
  /** Without the query. */
  readonly path: string;
  /** The name that the client uses for the server. */
  readonly host: string;
  /** The address of the server's end of the connection. */
  readonly localAddress: string | undefined;
}

const HTTP_URL = /^https?:\/\/[^\s\\@]+$/i;

/**
 * Whether the `htu` of a proof is the address of the request, query and fragment left out.
 *
 * The Host header is what a client says, and a proxy may have changed it, so where the public address of the service is
 * known, that is what counts: a proof that was made for another server is of no use here under whatever Host it is sent. A
 * client that speaks to the server itself, without a proxy, may name the very address that it is connected to instead.
 * Where no public address is set, the proof has to be for the Host of the request. The scheme is the proxy's affair.
 * @param publicUrl without a trailing slash
 */
export function isAddressOfRequest(htu: string, request: RequestAddress, publicUrl: string | undefined): boolean {
  const named = HTTP_URL.test(htu) && URL.canParse(htu) ? new URL(htu) : null;
  if (named === null) return false;
  if (publicUrl !== undefined) {
    const { origin, pathname } = new URL(publicUrl);
    if (named.origin === origin && named.pathname === pathname.replace(/\/$/, '') + request.path) return true;
    if (!isOwnAddress(named.hostname, request.localAddress)) return false;
  }
  const host = `${named.protocol}//${request.host}`;
  return URL.canParse(host) && new URL(host).host === named.host && named.pathname === request.path;
}

/** Whether a host name of a URL is this end of the connection, by its address or as the loopback. */
function isOwnAddress(hostname: string, localAddress = ''): boolean {
  const local = localAddress.replace(/^::ffff:/, '');
  const isLoopback = local === '::1' || local.startsWith('127.');
  const isLoopbackName = hostname === 'localhost' || hostname.endsWith('.localhost');
  return hostname === local || hostname === `[${local}]` || (isLoopback && isLoopbackName);
}
