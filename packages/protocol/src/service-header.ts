/**
 * Names the service, and the version of its software, on every answer that it gives by itself. What answers in its place,
 * e.g. a gateway or the page of a wireless network, does not have it. It is no proof: whoever means to deceive can copy it.
 */
export const SERVICE_HEADER = 'sealpost-service';

/** @returns the header's value, e.g. `msg.example; version=0.1.0` */
export function serviceHeader(serviceId: string, version: string): string {
  return `${serviceId}; version=${version}`;
}

/** @returns the serviceId that a value of the header names; null where it has another form */
export function serviceOfHeader(value: string): string | null {
  return /^([a-z0-9.-]{1,253}); version=[\x21-\x7e]{1,64}$/.exec(value)?.[1] ?? null;
}
