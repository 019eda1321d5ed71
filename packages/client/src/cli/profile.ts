import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceOptions } from '../http/service-address.js';
import { codeOf, makeFolder } from '@sealpost/file-lock';
import { FileStorage } from '../node/file-storage.js';
import type { ClientStorage } from '../storage/client-storage.js';
import { EncryptedStorage } from '../storage/encrypted-storage.js';
import { UsageError } from '@sealpost/command-line';

const FILE = 'service.json';
/** Another command in the same profile, e.g. a send, is waited for. */
const LOCK_WAIT_MS = 30_000;

/** A folder with one account: which service it is at, and the client's state. */
export class Profile {
  constructor(readonly folder: string) {}

  /** The service of the profile; what the command line says counts more. */
  async service(given: Partial<ServiceOptions>): Promise<ServiceOptions> {
    const kept = await this.#read();
    const url = given.url ?? kept?.url;
    const serviceId = given.serviceId ?? kept?.serviceId;
    if (url === undefined || serviceId === undefined) {
      throw new UsageError(`The profile ${this.folder} names no service yet: give --url and --service-id`);
    }
    const origins = given.origins ?? kept?.origins;
    const minimumSuite = given.minimumSuite ?? kept?.minimumSuite;
    return {
      url,
      serviceId,
      ...(origins === undefined ? {} : { origins }),
      ...(minimumSuite === undefined ? {} : { minimumSuite }),
    };
  }

  async keepService(service: ServiceOptions): Promise<void> {
    await makeFolder(this.folder, 0o700);
    const path = join(this.folder, FILE);
    await writeFile(`${path}.new`, `${JSON.stringify(service, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  /** @param passphrase asked for where the profile is encrypted */
  async storage(passphrase: () => Promise<string>): Promise<ClientStorage> {
    const files = await FileStorage.open(join(this.folder, 'state'), { lockWaitMs: LOCK_WAIT_MS });
    try {
      if (!(await EncryptedStorage.isEncrypted(files))) return files;
      return await EncryptedStorage.open(files, { passphrase: await passphrase() });
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  async #read(): Promise<ServiceOptions | null> {
    try {
      return JSON.parse(await readFile(join(this.folder, FILE), 'utf8')) as ServiceOptions;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}
