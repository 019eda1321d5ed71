import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function vectors(name: string): unknown {
  return require(`@sealpost/protocol/vectors/${name}.json`);
}

/** Bytes of the protocol's fixed examples in base64url, e.g. of `vault/escrow/blob`; the files have them as hexadecimal text. */
export function exampleBytes(path: string): string {
  const [file = '', ...names] = path.split('/');
  const found = names.reduce((value, name) => (value as Record<string, unknown>)[name], vectors(file));
  return Buffer.from(found as string, 'hex').toString('base64url');
}

/**
 * The bodies that the document shows, by the names of the operations: the protocol's fixed examples, so that signatures
 * in them hold. `requests.json` refers to the others by `vector:` and a path.
 */
export function exampleBodies(): Readonly<Record<string, unknown>> {
  const resolved = JSON.stringify(vectors('requests')).replace(/"vector:([^"]+)"/g, (_, path: string) =>
    JSON.stringify(exampleBytes(path)),
  );
  return (JSON.parse(resolved) as { readonly bodies: Readonly<Record<string, unknown>> }).bodies;
}
