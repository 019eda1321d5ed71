/** What only Node has: the SDK's storage in files. Everything else comes from the package's main entry. */
export { FileStorage, type FileStorageOptions } from './node/file-storage.js';
