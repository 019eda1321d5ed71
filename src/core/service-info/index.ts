export { ServiceInfoModule } from './service-info.module.js';
