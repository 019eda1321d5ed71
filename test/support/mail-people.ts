import { randomBytes } from 'node:crypto';
import { MemoryStorage, Sealpost, type Registered } from '@sealpost/client';
import type { MailServer } from './mail-server.js';
import type { DeviceOptions, Person } from './sdk.js';
import type { TestServer } from './server.js';

/** People whose loginIds are e-mail addresses, at a service that believes the mailbox when somebody begins anew. */
export class MailPeople {
  constructor(
    private readonly server: TestServer,
    private readonly mail: MailServer,
  ) {}

  async newPerson(name: string, options: DeviceOptions = {}): Promise<Person> {
    const loginId = `${name}-${randomBytes(5).toString('hex')}@example.org`;
    const [password, storage] = [`${name}'s password`, new MemoryStorage()];
    const given = { service: this.#service, storage, ...options, loginId, password };
    return { ...(await Sealpost.register(given)), loginId, password, storage };
  }

  /** The person begins anew on a device that knows nothing. */
  async reset({ loginId }: Person, options: DeviceOptions = {}): Promise<Registered> {
    const count = this.mail.mailsTo(loginId).length + 1;
    const service = this.#service;
    await Sealpost.requestReset({ service, loginId });
    const claimToken = await this.mail.tokenFor(loginId, count);
    return Sealpost.reset({ service, loginId, claimToken, password: 'another password', ...options });
  }

  get #service() {
    return { url: this.server.url, serviceId: this.server.serviceId };
  }
}
