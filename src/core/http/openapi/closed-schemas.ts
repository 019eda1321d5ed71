import type { OpenAPIObject } from '@nestjs/swagger';

const SCHEMAS = '#/components/schemas/';

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '$ref' && typeof member === 'string') yield member.replace(SCHEMAS, '');
    else yield* referencesIn(member);
  }
}

function reachableFrom(document: OpenAPIObject, roots: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    waiting.push(...referencesIn(document.components?.schemas?.[name]));
  }
  return reached;
}

/**
 * Says of the objects in requests that unknown members are refused. Objects that only answers have stay open: they may
 * get further members in later versions.
 */
export function closeRequestSchemas(document: OpenAPIObject): void {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as Record<string, unknown>[]);
  const inRequests = reachableFrom(document, referencesIn(operations.map(({ requestBody }) => requestBody)));
  for (const name of inRequests) {
    const schema = document.components?.schemas?.[name];
    if (schema !== undefined && 'properties' in schema) schema.additionalProperties = false;
  }
}
