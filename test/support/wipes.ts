import { encodeBase64Url } from '@sealpost/protocol';

/**
 * Runs `work` in this process and writes down what was overwritten with zeros meanwhile: the base64url of each secret as it
 * was, as often as it was wiped.
 */
export async function wipedDuring(work: () => Promise<unknown>): Promise<string[]> {
  const wiped: string[] = [];
  const { prototype } = Uint8Array;
  const original = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(prototype), 'fill');
  if (original === undefined) throw new Error('There is no fill');
  const fill = original.value as (...args: readonly unknown[]) => Uint8Array;
  Object.defineProperty(prototype, 'fill', {
    configurable: true,
    value(this: Uint8Array, ...args: readonly unknown[]) {
      if (args[0] === 0 && args.length === 1) wiped.push(encodeBase64Url(this));
      return fill.apply(this, args as unknown[]);
    },
  });
  try {
    await work();
  } finally {
    Reflect.deleteProperty(prototype, 'fill');
  }
  return wiped;
}
