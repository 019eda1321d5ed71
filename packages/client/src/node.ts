/**
 * What only Node has: storage, exports and the keys of service accounts in files. Everything else comes from the package's
 * main entry.
 */
export { exportToFile } from './node/export-file.js';
export { FileStorage, type FileStorageOptions } from './node/file-storage.js';
export { readServiceKey, writeServiceKey } from './node/service-key-file.js';
