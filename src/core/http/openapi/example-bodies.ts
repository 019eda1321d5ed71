import { isDeepStrictEqual } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleBodies } from '../../fixed-examples.js';

interface Schema {
  readonly $ref?: string;
  readonly items?: Schema;
  readonly contentEncoding?: string;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  example?: unknown;
}

interface Operation {
  readonly operationId?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/**
 * Gives the bodies of requests their examples, so that what is put together of them is what the fixed examples have. A part
 * that several bodies have in common is shown once, at its schema; where a body has another value, beside the reference.
 */
export function showBodies(document: OpenAPIObject): void {
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  const shown = new Map<Schema, unknown>();
  const show = (schema: Schema, value: unknown): void => {
    const target = schema.$ref === undefined ? undefined : schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (target !== undefined) {
      const before = shown.get(target) ?? target.example;
      if (before !== undefined) {
        if (!isDeepStrictEqual(before, value)) schema.example = value;
        return;
      }
      shown.set(target, value);
      show(target, value);
    } else if (schema.properties !== undefined) {
      for (const [name, member] of Object.entries(value as object)) show(schema.properties[name] ?? {}, member);
    } else if (schema.items !== undefined && Array.isArray(value) && value.length === 1) {
      show(schema.items, value[0]);
    } else {
      schema.example = value;
    }
  };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as Operation[]);
  for (const [operationId, body] of Object.entries(exampleBodies())) {
    const requestBody = operations.find((operation) => operation.operationId === operationId)?.requestBody;
    for (const { schema } of Object.values(requestBody?.content ?? {})) show(schema, body);
  }
  // Swagger UI makes up what has no example, but fails on base64url.
  for (const schema of Object.values(schemas).filter(({ contentEncoding }) => contentEncoding !== undefined)) {
    schema.example ??= 'A'.repeat(schema.minLength ?? 0);
  }
}
