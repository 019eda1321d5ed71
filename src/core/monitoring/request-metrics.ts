import type { FinishedRequest } from '../logging/index.js';
import type { Counter, Family, Histogram } from '../metrics/index.js';
import { SECONDS_BUCKETS } from '../metrics/index.js';
import type { Metrics } from '../metrics/index.js';

/** Node's parser knows some more, of which no route takes any. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const NO_STATUS = 'none';

interface RouteMetrics {
  readonly labels: { readonly method: string; readonly route: string };
  readonly duration: Histogram;
  readonly byStatus: Map<number | undefined, Counter>;
}

/** Counts requests by what the log says of them: the pattern of the route, never the path. */
export class RequestMetrics {
  private readonly requests: Family<'method' | 'route' | 'status', Counter>;
  private readonly durations: Family<'method' | 'route', Histogram>;
  /** By route, then by method: two look-ups by a known string instead of a key made for every request. */
  private readonly routes = new Map<string, Map<string, RouteMetrics>>();

  constructor(metrics: Metrics) {
    this.requests = metrics.counters({
      name: 'sealpost_http_requests_total',
      help: 'Requests that were answered, or that ended because the client left.',
      labels: ['method', 'route', 'status'],
    });
    this.durations = metrics.histograms({
      name: 'sealpost_http_request_duration_seconds',
      help: 'From the arrival of the headers of a request to the end of its answer.',
      labels: ['method', 'route'],
      buckets: SECONDS_BUCKETS,
    });
  }

  finished({ method, route, status, milliseconds }: FinishedRequest): void {
    const known = this.routes.get(route)?.get(method) ?? this.addRoute(method, route);
    known.duration.observe(milliseconds / 1000);
    (known.byStatus.get(status) ?? this.addStatus(known, status)).increment();
  }

  private addRoute(method: string, route: string): RouteMetrics {
    const labels = { method: METHODS.has(method) ? method : 'other', route };
    const added: RouteMetrics = { labels, duration: this.durations.with(labels), byStatus: new Map() };
    const methods = this.routes.get(route) ?? new Map<string, RouteMetrics>();
    this.routes.set(route, methods.set(method, added));
    return added;
  }

  private addStatus({ labels, byStatus }: RouteMetrics, status: number | undefined): Counter {
    const counter = this.requests.with({ ...labels, status: status === undefined ? NO_STATUS : String(status) });
    byStatus.set(status, counter);
    return counter;
  }
}
