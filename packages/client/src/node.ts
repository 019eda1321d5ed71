/** What only Node has: the SDK's storage in files. Everything else comes from the package's main entry. */
export { exportToFile, type ExportToFileOptions } from './node/export-file.js';
export { FileStorage, type FileStorageOptions } from './node/file-storage.js';
