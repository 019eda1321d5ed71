export { ServiceInfoModule } from './service-info.module.js';
export { claimServiceName } from './service-name.js';
