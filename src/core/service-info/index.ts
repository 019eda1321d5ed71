export { ServiceInfoModule } from './service-info.controller.js';
export { claimServiceName } from './service-name.js';
