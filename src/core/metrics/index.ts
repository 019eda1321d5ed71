export { Counter, Family, Histogram } from './instruments.js';
export {
  type BucketOptions,
  COUNT_BUCKETS,
  type GaugeValue,
  type LabelledOptions,
  type MetricOptions,
  Metrics,
  MetricsModule,
  SECONDS_BUCKETS,
} from './metrics.js';
