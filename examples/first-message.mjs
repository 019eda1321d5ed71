// A first message with the SDK. With the server running (`npm start`), from the root of the repository:
//
//   node examples/first-message.mjs
import { Sealpost } from '@sealpost/client';

const service = { url: 'http://127.0.0.1:8080', serviceId: 'sealpost.localhost' };
const name = Date.now().toString(36);

// Two people. Their keys and passwords never leave this program.
const alice = await Sealpost.register({ service, loginId: `alice-${name}`, password: 'correct horse battery staple' });
const bob = await Sealpost.register({ service, loginId: `bob-${name}`, password: 'Tr0ub4dor & 3' });
console.log('If Bob loses his password he will need these words:', bob.recoveryWords);

await alice.client.send(bob.client.loginId, 'Hello Bob, only you can read this.');

for await (const entry of bob.client.inbox()) {
  if (entry.kind === 'message') console.log('Bob reads:', entry.text);
  if (entry.kind === 'refused') console.error('Refused:', entry.error.code);
}
