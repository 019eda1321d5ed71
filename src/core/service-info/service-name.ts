import type { Database } from '../database/index.js';
import { StartError } from '../start-error.js';

/**
 * The first start gives the data the name of the service; later ones must have the same. Every signature and every
 * password derivation contains it, so under another name nobody could log in, and nothing that is stored would verify.
 * @throws StartError where the data belongs to another service
 */
export async function claimServiceName({ prisma }: Database, serviceId: string): Promise<void> {
  await prisma.service.createMany({ data: [{ serviceId }], skipDuplicates: true });
  const service = await prisma.service.findFirstOrThrow();
  if (service.serviceId === serviceId) return;
  throw new StartError(
    `The data belongs to the service "${service.serviceId}", and SEALPOST_SERVICE_ID is "${serviceId}" (or absent). ` +
      'Under another name nobody could log in, and no stored signature would verify. ' +
      `Start with SEALPOST_SERVICE_ID=${service.serviceId}, or give the new service a database of its own. ` +
      'See "The name of the service" in docs/operations.md.',
  );
}
