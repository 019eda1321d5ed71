import { MESSAGE_SUITES } from '@sealpost/protocol';
import {
  choice,
  commandOf,
  count,
  flag,
  many,
  optional,
  Output,
  OutputClosed,
  text,
  UsageError,
  type Given,
} from '@sealpost/command-line';

import { passwordHints } from '../account/password-rules.js';
import { Sealpost } from '../sealpost.js';
import type { ServiceOptions } from '../http/service-address.js';
import { readServiceKey } from '../node/service-key-file.js';
import type { ClientStorage } from '../storage/client-storage.js';
import { profilePassphrase } from './passphrase.js';
import { Profile } from './profile.js';
import { askSecret, readLines, WordsNotShown } from './terminal.js';

/** What every command takes. */
export const OPTIONS = {
  profile: optional(text('FOLDER'), 'the account to use; ~/.sealpost by default', { env: 'SEALPOST_CLIENT_PROFILE' }),
  url: optional(text('ADDRESS'), 'the service; the profile remembers it from registration or log-in', {
    env: 'SEALPOST_CLIENT_URL',
  }),
  serviceId: optional(text('NAME'), 'the name of the service; remembered as well', {
    env: 'SEALPOST_CLIENT_SERVICE_ID',
  }),
  origin: many(text('ORIGIN'), 'another address at which the service may be; remembered as well'),
  minimumSuite: optional(count(), 'the lowest password suite to log in with; remembered as well'),
  acceptSuite: many(choice(MESSAGE_SUITES), 'which messages are opened; only signed ones by default'),
  serviceKey: optional(text('FILE'), 'act as the service account of this key, and keep nothing on this machine'),
  passwordStdin: flag('read passwords and other secrets from standard input, one a line'),
} as const;

export const command = commandOf<CommandContext>();

/** How a service account signs in for a command. */
export interface SignInOptions {
  readonly discardState?: boolean;
}

/** What a command gets: the profile, who is signed in there, and where to write. */
export class CommandContext extends Output {
  readonly profile: Profile;

  constructor(
    private readonly given: Given<typeof OPTIONS>,
    { streams, json }: Output,
    home: string,
  ) {
    super(streams, json);
    this.profile = new Profile(given.profile ?? home);
  }

  /**
   * Shows recovery words, which are shown once: that they were not is a failure, whoever closed the output.
   * @param otherwise what is true then, for people
   */
  async showWords(json: unknown, text: string, otherwise: string): Promise<void> {
    try {
      await this.show(json, text);
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      throw new WordsNotShown(`The recovery words could not be written. ${otherwise}`);
    }
  }

  async service(): Promise<ServiceOptions> {
    const { origin: origins, ...given } = this.given;
    return this.profile.service({ ...given, ...(origins === undefined ? {} : { origins }) });
  }

  /** Suites whose messages are opened; absent where nothing was said. */
  suites(): Pick<Parameters<typeof Sealpost.open>[0], 'acceptSuites'> {
    const { acceptSuite: acceptSuites } = this.given;
    return acceptSuites === undefined ? {} : { acceptSuites };
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
    if (this.given.passwordStdin) return readLines(this.streams.stdin, asked.length);
    const secrets: string[] = [];
    for (const { name, twice } of asked) {
      const secret = await askSecret(this.streams, `${name}: `);
      if (twice && (await askSecret(this.streams, `${name} again: `)) !== secret) {
        throw new UsageError('The two passwords differ');
      }
      if (twice) for (const { message } of passwordHints(secret)) this.streams.stderr.write(`Note: ${message}\n`);
      secrets.push(secret);
    }
    return secrets;
  }

  /** Whether somebody sits at a terminal and reads what is written for people. */
  get interactive(): boolean {
    return this.streams.stdin.isTTY === true && !this.json && !this.given.passwordStdin;
  }

  /** Runs work in the profile's storage, which nobody else uses meanwhile. */
  async withStorage<T>(work: (storage: ClientStorage) => Promise<T>): Promise<T> {
    const storage = await this.profile.storage(() => profilePassphrase(this.streams));
    try {
      return await work(storage);
    } finally {
      await storage.close();
    }
  }

  /** Runs work with the profile's user, who is signed in, or with the service account of --service-key. */
  async withClient<T>(work: (client: Sealpost) => Promise<T>, signIn: SignInOptions = {}): Promise<T> {
    const { serviceKey } = this.given;
    if (serviceKey !== undefined) return this.#withServiceAccount(serviceKey, work, signIn);
    const service = await this.service();
    return this.withStorage(async (storage) => {
      const client = await Sealpost.open({ service, storage, keyRotation: 'automatic', ...this.suites() });
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
    const client = await Sealpost.open({ key, ...session, ...signIn, ...this.suites() });
    try {
      return await work(client);
    } finally {
      await client.logout({ force: true });
    }
  }
}
