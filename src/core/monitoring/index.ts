export { Monitoring } from './monitoring.js';
export { RequestMetrics } from './request-metrics.js';
