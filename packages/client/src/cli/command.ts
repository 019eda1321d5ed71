import type { ParseArgsConfig } from 'node:util';
import { Sealpost } from '../sealpost.js';
import type { ServiceOptions } from '../http/service-address.js';
import type { FileStorage } from '../node/file-storage.js';
import { readServiceKey } from '../node/service-key-file.js';
import type { Profile } from './profile.js';
import { askSecret, readLines, type Streams } from './terminal.js';
import { UsageError } from './usage-error.js';

export type OptionTable = NonNullable<ParseArgsConfig['options']>;

export interface Command {
  /** What follows the command's name. */
  readonly usage: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** @returns the exit code, where it is not 0 */
  readonly run: (context: CommandContext) => Promise<number | undefined>;
}

/** How a service account signs in for a command. */
export interface SignInOptions {
  readonly discardState?: boolean;
}

/** What a command gets: its arguments, the profile, and where to write. */
export class CommandContext {
  constructor(
    readonly positionals: readonly string[],
    private readonly values: Readonly<Record<string, unknown>>,
    readonly profile: Profile,
    readonly streams: Streams,
  ) {}

  text(option: string): string | undefined {
    const value = this.values[option];
    return typeof value === 'string' ? value : undefined;
  }

  flag(option: string): boolean {
    return this.values[option] === true;
  }

  number(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${option} takes a whole number`);
    return Number(text);
  }

  /** Exactly one positional argument. */
  only(name: string): string {
    const [first, ...rest] = this.positionals;
    if (first === undefined || rest.length > 0) throw new UsageError(`Give exactly one ${name}`);
    return first;
  }

  none(): void {
    if (this.positionals.length > 0) throw new UsageError(`Unexpected argument ${this.positionals[0] ?? ''}`);
  }

  /** One result: JSON for programs, text for people. */
  write(json: unknown, text: string): void {
    this.streams.stdout.write(this.flag('json') ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }

  async service(): Promise<ServiceOptions> {
    const url = this.text('url');
    const serviceId = this.text('service-id');
    const origins = this.values['origin'];
    return this.profile.service({
      ...(url === undefined ? {} : { url }),
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(Array.isArray(origins) ? { origins: origins.map(String) } : {}),
    });
  }

  /** @param twice for a new password: a typing error would lock its owner out */
  async password(twice: boolean): Promise<string> {
    const [password = ''] = await this.secrets([{ name: 'Password', twice }]);
    return password;
  }

  /**
   * Secrets in this order: asked for without being shown, or with --password-stdin one line each of standard input.
   * `twice` is for new ones.
   */
  async secrets(asked: readonly { readonly name: string; readonly twice: boolean }[]): Promise<string[]> {
    if (this.flag('password-stdin')) return readLines(this.streams.stdin, asked.length);
    const secrets: string[] = [];
    for (const { name, twice } of asked) {
      const secret = await askSecret(this.streams, `${name}: `);
      if (twice && (await askSecret(this.streams, `${name} again: `)) !== secret) {
        throw new UsageError('The two passwords differ');
      }
      secrets.push(secret);
    }
    return secrets;
  }

  /** Whether somebody sits at a terminal and reads what is written for people. */
  get interactive(): boolean {
    return this.streams.stdin.isTTY === true && !this.flag('json') && !this.flag('password-stdin');
  }

  /** Runs work in the profile's storage, which nobody else uses meanwhile. */
  async withStorage<T>(work: (storage: FileStorage) => Promise<T>): Promise<T> {
    const storage = await this.profile.storage();
    try {
      return await work(storage);
    } finally {
      await storage.close();
    }
  }

  /** Runs work with the profile's user, who is signed in, or with the service account of --service-key. */
  async withClient<T>(work: (client: Sealpost) => Promise<T>, signIn: SignInOptions = {}): Promise<T> {
    const keyFile = this.text('service-key');
    if (keyFile !== undefined) return this.#withServiceAccount(keyFile, work, signIn);
    const service = await this.service();
    return this.withStorage(async (storage) => {
      const client = await Sealpost.resume({ service, storage, keyRotation: 'automatic' });
      try {
        return await work(client);
      } finally {
        await client.close();
      }
    });
  }

  /** Nothing is kept here: so the session ends as well. */
  async #withServiceAccount<T>(
    keyFile: string,
    work: (client: Sealpost) => Promise<T>,
    signIn: SignInOptions,
  ): Promise<T> {
    const key = await readServiceKey(keyFile);
    const session = { sessionName: 'command line', keyRotation: 'automatic' } as const;
    const client = await Sealpost.openServiceAccount({ key, ...session, ...signIn });
    try {
      return await work(client);
    } finally {
      await client.logout({ force: true });
    }
  }
}
