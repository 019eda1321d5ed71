export { Counter, Family, Histogram } from './instruments.js';
export {
  COUNT_BUCKETS,
  type BucketOptions,
  type GaugeValue,
  type LabelledOptions,
  type MetricOptions,
  Metrics,
  SECONDS_BUCKETS,
} from './metrics.js';
export { MetricsModule } from './metrics.module.js';
