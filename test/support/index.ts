export { sendBytes, sendRaw } from './raw-http.js';
export type { RawRequest, RawResponse } from './raw-http.js';
export { launchServer, startServer, TEST_SERVICE_ID, TestServer } from './server.js';
export type { ServerOptions } from './server.js';
export { waitFor } from './wait-for.js';
export type { WaitOptions } from './wait-for.js';
