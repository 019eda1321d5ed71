import { isServiceId, PASSWORD_SUITES } from '@sealpost/protocol';
import { ClientError } from '../errors.js';

/** Which service a client talks to. It comes from the program's own configuration, never from a server. */
export interface ServiceOptions {
  /** Address of the API, with a path where it lies under one, e.g. `https://msg.example`. */
  readonly url: string;
  /** The service's logical name (protocol section 1). A server that names another one is refused. */
  readonly serviceId: string;
  /** Origins that may be contacted; default: that of `url` alone. */
  readonly origins?: readonly string[];
  /**
   * The lowest password suite (protocol section 2) that this client derives with. A server can name a lower one than an
   * account has; a client that has seen the account before refuses that, and this does it at the very first log-in.
   */
  readonly minimumSuite?: number;
}

/** The checked form of ServiceOptions. */
export class ServiceAddress {
  readonly serviceId: string;
  /** 0 where any will do. */
  readonly minimumSuite: number;
  readonly #base: URL;

  constructor(options: ServiceOptions) {
    if (!isServiceId(options.serviceId)) {
      throw new ClientError('client.invalid-argument', `"${options.serviceId}" is not a serviceId`);
    }
    const { minimumSuite } = options;
    if (minimumSuite !== undefined && !PASSWORD_SUITES.has(minimumSuite)) {
      throw new ClientError('client.invalid-argument', 'minimumSuite is not the number of a password suite');
    }
    this.serviceId = options.serviceId;
    this.minimumSuite = minimumSuite ?? 0;
    this.#base = parse(options.url.endsWith('/') ? options.url : `${options.url}/`);
    const origins = options.origins ?? [this.#base.origin];
    const allowed = origins.map((origin) => parse(origin).origin);
    if (!allowed.includes(this.#base.origin)) {
      throw new ClientError('client.origin-refused', `${this.#base.origin} is not among the origins of the service`);
    }
    if (this.#base.protocol !== 'https:' && !isLoopback(this.#base.hostname)) {
      throw new ClientError('client.insecure-url', `${this.#base.origin} is not https, nor on this machine`);
    }
  }

  get url(): string {
    return this.#base.href.replace(/\/$/, '');
  }

  /** @param path of the API, e.g. `v1/messages`; it cannot lead to another origin */
  resolve(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): URL {
    const url = new URL(`./${path}`, this.#base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    if (url.origin !== this.#base.origin)
      throw new ClientError('client.origin-refused', `${url.origin} is not allowed`);
    return url;
  }

  /** An address of this service, given whole or as a path of the API: what is meant for it must go nowhere else. */
  own(urlOrPath: string): URL {
    const isPath = !/^[a-z][a-z0-9+.-]*:/i.test(urlOrPath);
    const url = isPath ? this.resolve(urlOrPath.replace(/^\/+/, '')) : parseOrNull(urlOrPath);
    if (url?.href.startsWith(this.#base.href) === true) return url;
    throw new ClientError('client.origin-refused', `${urlOrPath} is not an address of the service`);
  }
}

function parseOrNull(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function parse(text: string): URL {
  try {
    const url = new URL(text);
    const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  } catch {
    // Reported below, like every other address that will not do.
  }
  throw new ClientError('client.invalid-argument', `"${text}" is not the address of a service`);
}

/** Plain http is accepted only where nobody can listen in between. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
