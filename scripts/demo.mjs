#!/usr/bin/env node
/**
 * Alice and Bob on a real server, and side by side what its database holds and what Bob reads.
 *
 *   npm run demo                              starts a server of its own on a temporary folder, and removes both
 *   npm run demo -- http://127.0.0.1:8080     uses a server that runs; a second argument is its service id
 */
import { randomBytes } from 'node:crypto';
import { Sealpost } from '@sealpost/client';
import { startDemoServer } from './demo/demo-server.mjs';
import { hexLines, sideBySide, title } from './demo/layout.mjs';

const DEFAULT_SERVICE_ID = 'sealpost.localhost';
/** @type {readonly { suite: import('@sealpost/protocol').MessageSuite, text: string, about: string }[]} */
const MESSAGES = [
  {
    suite: 'sealpost-v1',
    text: 'Dinner at eight? I found the place with the blue door.',
    about: 'the default: signed by Alice, hybrid post-quantum, padded, in a stream whose gaps Bob would notice',
  },
  {
    suite: 'box',
    text: 'The code for the door is 4711.',
    about: 'plain libsodium crypto_box: who steals Bob’s key can write to him as anybody',
  },
  {
    suite: 'sealed-box',
    text: 'Somebody thinks of you.',
    about: 'plain libsodium sealed box: nothing proves who wrote it',
  },
];

/** Where the server's copy is looked at: in its database, or where that is out of reach in its own answers. */
async function storedMessage(server, answers, messageId) {
  if (server !== null) {
    const [row] = await server.sql(
      `SELECT m.id, m.sender_id, m.conversation_id, m.suite, m.received_at, m.nonce, m.ciphertext
       FROM messages m WHERE m.id = $1`,
      [messageId],
    );
    return { source: 'table messages, one row', ...row };
  }
  const entry = answers.find(({ id }) => id === messageId);
  return {
    source: 'GET /v1/messages, one entry',
    id: entry.id,
    sender_id: entry.senderId,
    conversation_id: entry.conversationId,
    suite: entry.suite,
    received_at: new Date(entry.receivedAt),
    nonce: entry.nonce === undefined ? null : Buffer.from(entry.nonce, 'base64url'),
    ciphertext: Buffer.from(entry.ciphertext, 'base64url'),
  };
}

function showMessage(stored, message, about, text) {
  const found = Buffer.concat([stored.ciphertext, stored.nonce ?? Buffer.alloc(0)]).includes(text);
  const left = [
    `id              ${stored.id}`,
    `sender_id       ${stored.sender_id}`,
    `conversation_id ${stored.conversation_id}`,
    `suite           ${stored.suite}`,
    `received_at     ${stored.received_at.toISOString()}`,
    `nonce           ${stored.nonce === null ? '-' : stored.nonce.toString('hex').slice(0, 30) + '…'}`,
    `ciphertext      ${stored.ciphertext.length} bytes:`,
    ...hexLines(stored.ciphertext, 6),
  ];
  const right = [
    `from     ${message.sender.loginId ?? message.sender.userId}`,
    `proof    ${message.senderProof}`,
    `type     ${message.contentType}`,
    `notes    ${message.events.length === 0 ? 'none' : message.events.map(({ type }) => type).join(', ')}`,
    '',
    ...message.text.match(/.{1,40}(?:\s|$)/g).map((line) => line.trim()),
  ];
  console.log(title(message.suite, about));
  console.log(sideBySide(`THE SERVER HOLDS (${stored.source})`, left, 'BOB READS', right));
  console.log(`Does Bob's text occur in what the server holds? ${found ? 'YES' : 'No.'}\n`);
  return !found;
}

/** Writes down what the server answers about messages, on its way to Bob. */
function watching(answers) {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok && new URL(input).pathname.endsWith('/v1/messages') && init?.method === 'GET') {
      const page = /** @type {import('@sealpost/protocol').InboxJson} */ (await response.clone().json());
      answers.push(...page.items);
    }
    return response;
  };
}

async function playStory(service, server) {
  const tag = randomBytes(3).toString('hex');
  const answers = [];
  console.log(`Server ${service.url}, which Alice and Bob expect to be "${service.serviceId}".\n`);
  const alice = (
    await Sealpost.register({ service, loginId: `alice-${tag}`, password: randomBytes(9).toString('hex') })
  ).client;
  const bob = (
    await Sealpost.register({
      service,
      loginId: `bob-${tag}`,
      password: randomBytes(9).toString('hex'),
      fetch: watching(answers),
      // Two of the three are not signed, which nobody gets to read who does not ask for it.
      acceptSuites: ['sealpost-v1', 'box', 'sealed-box'],
    })
  ).client;
  console.log(`Alice is ${alice.loginId}, Bob is ${bob.loginId}. Their safety number, the same on both sides:`);
  const number = await alice.contacts.safetyNumber(bob.loginId);
  const same = number === (await bob.contacts.safetyNumber(alice.loginId));
  console.log(`  ${number}${same ? '' : '  NOT THE SAME'}\n`);
  for (const { suite, text } of MESSAGES) await alice.send(bob.loginId, text, { suite });
  let fine = same;
  let read = 0;
  for await (const entry of bob.inbox()) {
    if (entry.kind === 'refused') throw entry.error;
    if (entry.kind === 'receipt') continue;
    const expected = MESSAGES[read++];
    if (expected === undefined) throw new Error('Bob has more messages than Alice sent');
    const { about, text } = expected;
    fine &&= entry.text === text;
    fine &&= showMessage(await storedMessage(server, answers, entry.messageId), entry, about, text);
    await entry.done({ delete: true });
  }
  for await (const entry of alice.inbox()) if (entry.kind === 'message') await entry.done({ delete: true });
  await alice.logout();
  await bob.logout();
  return fine && read === MESSAGES.length;
}

async function main() {
  const [url, serviceId = DEFAULT_SERVICE_ID] = process.argv.slice(2);
  const server = url === undefined ? await startDemoServer(DEFAULT_SERVICE_ID) : null;
  try {
    const fine = await playStory({ url: server?.url ?? url, serviceId }, server);
    console.log(fine ? 'Bob has read everything; the server could read nothing.' : 'Something is wrong, see above.');
    if (server === null) console.log('The messages were deleted from the server; the two accounts remain.');
    process.exitCode = fine ? 0 : 1;
  } finally {
    await server?.remove();
  }
}

main().catch((error) => {
  console.error(`The demo failed: ${error.message}${error.code === undefined ? '' : ` [${error.code}]`}`);
  if (error.code === 'client.wrong-service') console.error('Say which one it is: npm run demo -- URL SERVICE_ID');
  process.exitCode = 1;
});
