import { describeStorageContract } from './testing/storage-contract.js';
import { MemoryStorage } from './memory-storage.js';

describeStorageContract('MemoryStorage', async () => {
  const storage = new MemoryStorage();
  return { open: async () => storage.reopen(), survivesClose: true, locks: false, remove: async () => undefined };
});
