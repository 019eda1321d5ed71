import { beforeAll, beforeEach } from '@jest/globals';
import { Installation, type SentMessage } from '../../../../../test/support/installations.js';
import { freshUuid, Party } from '../../../../../test/support/parties.js';
import { loadSodium } from '../../crypto/sodium.js';

/** Alice with a phone and Bob with one device, who talk to each other; new for each test of the file that imports this. */
export let conversationId: string;
export let alice: Party;
export let bob: Party;
export let phone: Installation;
export let bobs: Installation;

beforeAll(loadSodium);

beforeEach(() => {
  conversationId = freshUuid();
  [alice, bob] = [new Party(), new Party()];
  phone = new Installation(alice);
  bobs = new Installation(bob);
});

/** A message from Alice's phone to Bob, with a copy for herself. */
export const say = (options: { contentType?: string } = {}): SentMessage =>
  phone.send(conversationId, [alice, bob], options);

/** A message from Bob to Alice, with a copy for himself. */
export const reply = (): SentMessage => bobs.send(conversationId, [alice, bob]);
