import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { waitFor } from './wait-for.js';

/** A mail as it was handed over. */
export interface ReceivedMail {
  /** The envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How the server answers the recipient of a mail. */
type Mood = 'takes' | 'refuses' | 'hangs-up';

const started = new Set<MailServer>();

/** A mail server on this machine that keeps what it is given. As much of RFC 5321 as a test needs, without TLS. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  mood: Mood = 'takes';
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** Ends with the test file. */
  static async start(): Promise<MailServer> {
    const server = createServer();
    const mails = new MailServer(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    started.add(mails);
    return mails;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The settings that have a server claim resets by mail. */
  settings(mode: 'email' | 'both' = 'email', delaySeconds = 0): Record<string, string> {
    return {
      SEALPOST_RESET: mode,
      SEALPOST_RESET_DELAY_SECONDS: String(delaySeconds),
      SEALPOST_SMTP_URL: this.url,
      SEALPOST_MAIL_FROM: 'no-reply@msg.example',
    };
  }

  mailsTo(address: string): ReceivedMail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  /** The token of the newest mail to the address, once there are `count` of them. */
  async tokenFor(address: string, count = 1): Promise<string> {
    const mails = await waitFor(() => (this.mailsTo(address).length >= count ? this.mailsTo(address) : null), {
      what: 'the mail',
    });
    return tokenOf(mails.at(-1)!);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    const conversation = new Conversation(this, (reply) => (reply === null ? socket.destroy() : socket.write(reply)));
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) conversation.hear(line);
    });
    socket.write('220 mail.test ESMTP\r\n');
  }
}

/** One client's commands, line by line. */
class Conversation {
  #from = '';
  #to: string[] = [];
  #data: string[] | null = null;

  constructor(
    private readonly server: MailServer,
    private readonly answer: (reply: string | null) => void,
  ) {}

  hear(line: string): void {
    if (this.#data !== null) this.#hearData(line, this.#data);
    else this.#hearCommand(line);
  }

  #hearCommand(line: string): void {
    const path = /<(.*)>/.exec(line)?.[1] ?? '';
    switch (line.slice(0, 4).toUpperCase()) {
      case 'MAIL':
        this.#from = path;
        this.#to = [];
        {
          this.answer('250 ok\r\n');
          return;
        }
      case 'RCPT':
        if (this.server.mood === 'hangs-up') {
          this.answer(null);
          return;
        }
        if (this.server.mood === 'refuses') {
          this.answer(`550 5.1.1 no mailbox ${path} here\r\n`);
          return;
        }
        this.#to.push(path);
        {
          this.answer('250 ok\r\n');
          return;
        }
      case 'DATA':
        this.#data = [];
        {
          this.answer('354 go on\r\n');
          return;
        }
      case 'QUIT': {
        this.answer('221 bye\r\n');
        return;
      }
      default: {
        this.answer('250 mail.test\r\n');
        return;
      }
    }
  }

  #hearData(line: string, data: string[]): void {
    if (line !== '.') {
      data.push(line.replace(/^\./, ''));
      return;
    }
    this.#data = null;
    this.server.mails.push({ from: this.#from, to: this.#to, ...parse(data.join('\n')) });
    this.answer('250 taken\r\n');
  }
}

function parse(message: string): Pick<ReceivedMail, 'headers' | 'text'> {
  const end = message.indexOf('\n\n');
  const lines = message
    .slice(0, end)
    .replace(/\n[ \t]+/g, ' ')
    .split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = message.slice(end + 2);
  const quoted = headers['content-transfer-encoding'] === 'quoted-printable';
  return { headers, text: quoted ? unquote(body) : body };
}

function unquote(text: string): string {
  return text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The claim token that a mail carries: 32 bytes on a line of their own. */
export function tokenOf({ text }: ReceivedMail): string {
  const token = /^[A-Za-z0-9_-]{43}$/m.exec(text)?.[0];
  if (token === undefined) throw new Error('The mail has no token');
  return token;
}

afterAll(async () => {
  for (const server of started) await server.stop();
});
