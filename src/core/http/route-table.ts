import type { FastifyInstance, RouteOptions } from 'fastify';

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.split('*').map(escapeText).join('.*')))
    .join('/');
  return new RegExp(`^${source}$`);
}

function escapeText(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

/** Remembers every route, to tell a path that does not exist from one that lacks the method (405, OPTIONS). */
export class RouteTable {
  private readonly routes = new Map<string, KnownRoute>();

  constructor(instance: FastifyInstance) {
    instance.addHook('onRoute', (route) => {
      this.add(route);
    });
  }

  /** The methods of a path without its query; empty where there is no such path. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.routes.values()) {
      if (route.pattern.test(path)) route.methods.forEach((method) => methods.add(method));
    }
    return [...methods].sort();
  }

  private add(route: RouteOptions): void {
    // The wildcard is the CORS plugin's answer to preflights of any path.
    if (route.url === '*') return;
    const known = this.routes.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set() };
    for (const method of [route.method].flat()) known.methods.add(method);
    this.routes.set(route.url, known);
  }
}
