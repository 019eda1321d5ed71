export { call, callForProblem, challengeFor, expectOk, logIn, registerUser } from './api.js';
export type { Answer, CallOptions, TestUser } from './api.js';
export { createDatabase, EXTERNAL_DATABASE_URL, queryDatabase } from './external-database.js';
export type { TestDatabase } from './external-database.js';
export {
  buildIdentity,
  freshUuid,
  loginRequest,
  newest,
  registerRequest,
  rotateRequest,
  signedStatement,
  TEST_SERVICE_ID,
} from './identity.js';
export type { IdentityOptions, TestIdentity } from './identity.js';
export { embeddedPostmaster, killEmbeddedDatabase } from './embedded-database.js';
export { makeGeneration, sealUnlock, sealVault, sha256, signingKeyOf } from './key-material.js';
export type { KeyGeneration, SigningKey } from './key-material.js';
export { boxMessage, rcptOf, unreadableMessage } from './messages.js';
export { sendBytes, sendRaw } from './raw-http.js';
export type { RawRequest, RawResponse } from './raw-http.js';
export { launchProcess, startProcess, startServer, TestProcess, TestServer } from './server.js';
export type { RunningServer, ServerOptions } from './server.js';
export { sharedServer } from './shared-server.js';
export { waitFor } from './wait-for.js';
export type { WaitOptions } from './wait-for.js';
