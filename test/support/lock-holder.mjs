// Holds a file lock until it is killed, or says why it cannot: `node lock-holder.mjs <lock>`.
import { FileLock } from '../../packages/file-lock/dist/index.js';

const [path = ''] = process.argv.slice(2);
try {
  await FileLock.acquire(path, { waitMs: 0, onLost: (reason) => console.log(`lost: ${reason}`) });
  console.log('held');
  process.stdin.resume();
} catch (error) {
  console.log(`${error.code}: ${error.message}`);
}
