import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../../core/config/index.js';
import { isMailAddress } from './claim-mails.service.js';
import { SmtpClaimDelivery } from './smtp-claim-delivery.js';
import { describeClaimDelivery } from './testing/claim-delivery-contract.js';
import { MemoryClaimDelivery } from './testing/memory-claim-delivery.js';

const servers = new Set<Server>();

afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
});

interface Arrived {
  loginId: string;
  text: string;
}

/** A mail server that takes a mail, or answers nothing at all. */
async function startMailServer() {
  const state = { arrived: [] as Arrived[], broken: false };
  const server = createServer((socket) => {
    let [recipient, data, rest] = ['', null as string[] | null, ''];
    const hear = (line: string): void => {
      if (data !== null && line !== '.') {
        data.push(line);
      } else if (data !== null) {
        state.arrived.push({ loginId: recipient, text: data.join('\n').replace(/=\n/g, '') });
        data = null;
        socket.write('250 taken\r\n');
      } else if (line.startsWith('RCPT')) {
        recipient = /<(.*)>/.exec(line)?.[1] ?? '';
        socket.write(state.broken ? `550 no mailbox ${recipient}\r\n` : '250 ok\r\n');
      } else if (line.startsWith('DATA')) {
        data = [];
        socket.write('354 go on\r\n');
      } else {
        socket.write('250 ok\r\n');
        if (line.startsWith('QUIT')) socket.end();
      }
    };
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      lines.forEach(hear);
    });
    socket.write('220 mail.test\r\n');
  });
  servers.add(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { state, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function smtpTo(url: string): SmtpClaimDelivery {
  const settings = { SEALPOST_RESET: 'email', SEALPOST_SMTP_URL: url, SEALPOST_MAIL_FROM: 'no-reply@msg.example' };
  return new SmtpClaimDelivery(loadSettings(settings));
}

describeClaimDelivery('SMTP', async () => {
  const { state, url } = await startMailServer();
  return {
    delivery: smtpTo(url),
    arrived: async () => state.arrived,
    breakDown: async () => {
      state.broken = true;
    },
  };
});

describeClaimDelivery('memory', async () => {
  const delivery = new MemoryClaimDelivery();
  return {
    delivery,
    arrived: async () => delivery.delivered.map(({ loginId, token }) => ({ loginId, text: token })),
    breakDown: async () => {
      delivery.failing = true;
    },
  };
});

describe('SMTP', () => {
  it('SMTP sends nothing in the clear to another machine', async () => {
    const delivery = smtpTo('smtp://user:secret@mail.invalid');
    const claim = { loginId: 'alice@example.org', token: 'x', availableAt: null, expiresAt: 0 };
    const error: unknown = await delivery.deliver(claim).catch((reason: unknown) => reason);
    expect(String(error)).not.toContain('secret');
    expect(error).toMatchObject({ name: 'ClaimNotDelivered' });
  });
});

describe('an e-mail address', () => {
  it.each(['a@b.cd', 'first.last+tag@sub.example.org', "o'neil@example.org", `${'a'.repeat(64)}@example.org`])(
    'an e-mail address is %s',
    (loginId) => {
      expect(isMailAddress(loginId)).toBe(true);
    },
  );

  it.each([
    'alice',
    'alice@localhost',
    'a@b.cd,e@f.gh',
    'a@b.cd>,<e@f.gh',
    '"a@b.cd"@example.org',
    '@relay.org:a@b.cd',
    'a@b.cd;',
    '.a@b.cd',
    'a..b@c.de',
    'a@-b.cd',
    'a@b.cd.',
    'a@[127.0.0.1]',
    'a@b@c.de',
    `${'a'.repeat(65)}@example.org`,
  ])('an e-mail address is not %s', (loginId) => {
    expect(isMailAddress(loginId)).toBe(false);
  });
});
