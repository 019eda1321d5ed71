// A program that keeps nothing but a key file: an echo service. With the server running (`npm start`), from the root of the
// repository:
//
//   npx sealpost service create echo --key-file echo.key --url http://127.0.0.1:8080 --service-id sealpost.localhost
//   node examples/service-account.mjs echo.key
//
// Run it as often as you like, on whatever machine has the file: each run goes on where the last one stopped.
import { Sealpost } from '@sealpost/client';
import { readServiceKey } from '@sealpost/client/node';

const key = await readServiceKey(process.argv[2] ?? 'echo.key');
const client = await Sealpost.open({ key, sessionName: 'echo' });

let last;
for await (const entry of client.inbox()) {
  if (entry.kind === 'message' && !entry.own) {
    await client.send(entry.sender.userId, `You said: ${entry.text}`, { copyToSelf: false });
    console.log('Answered', entry.sequence);
  }
  last = entry;
}

// The place in the inbox is stored, encrypted, before the server is told that it may forget what lies before it.
await last?.done({ acknowledge: true });
await client.logout();
