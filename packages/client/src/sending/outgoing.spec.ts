import { beforeAll, describe, expect, it } from '@jest/globals';
import { isUuidV4OrV7 } from '@sealpost/protocol';
import { loadSodium } from '../crypto/sodium.js';
import { defaultConversation } from './outgoing.js';

const [ann, ben, cem] = [
  '018f4e7e-7b7a-7c3e-9c5c-00000000000a',
  '018f4e7e-7b7a-7c3e-9c5c-00000000000b',
  '018f4e7e-7b7a-7c3e-9c5c-00000000000c',
] as const;

describe('The default conversation', () => {
  beforeAll(loadSodium);

  it('the conversation that people have by default is the same for all of them', () => {
    const conversation = defaultConversation('msg.example', [ann, ben]);
    expect(isUuidV4OrV7(conversation)).toBe(true);
    expect(defaultConversation('msg.example', [ben, ann])).toBe(conversation);
  });

  it('the conversation that people have by default is another one for other people, and on another service', () => {
    const conversations = [
      defaultConversation('msg.example', [ann]),
      defaultConversation('msg.example', [ann, ben]),
      defaultConversation('msg.example', [ann, cem]),
      defaultConversation('msg.example', [ann, ben, cem]),
      defaultConversation('msg2.example', [ann, ben]),
    ];
    expect(new Set(conversations).size).toBe(conversations.length);
  });
});
