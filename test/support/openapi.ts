import { expectOk } from './api.js';

/** The parts of an OpenAPI document that the tests read. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly example?: unknown;
  readonly description?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: Schema;
}

export interface MediaType {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface ApiResponse {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, ApiResponse>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly securitySchemes?: Readonly<Record<string, { readonly description?: string }>>;
  };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** One method of one path, as the document describes it. */
export class ApiRoute {
  /** For example "post /v1/messages". */
  readonly name: string;

  constructor(
    readonly document: ApiDocument,
    readonly method: string,
    readonly path: string,
    readonly operation: Operation,
  ) {
    this.name = `${method.toLowerCase()} ${path}`;
  }

  /** True also where an access token may be sent: then nothing is one of the ways in. */
  get isPublic(): boolean {
    const { security } = this.operation;
    return security?.length === 0 || security?.some((way) => Object.keys(way).length === 0) === true;
  }

  get bodySchema(): Schema | undefined {
    return this.body?.schema;
  }

  private get body(): MediaType | undefined {
    return this.operation.requestBody?.content['application/json'];
  }

  /** What the route answers with a status: `default` stands for those that it does not name. */
  answer(status: number | string): ApiResponse | undefined {
    const { responses } = this.operation;
    return responses[String(status)] ?? (Number(status) < 400 ? undefined : responses['default']);
  }

  parameters(place: 'path' | 'query'): readonly Parameter[] {
    return (this.operation.parameters ?? [])
      .filter((parameter) => parameter.in === place)
      .map((parameter) => ({ ...parameter, schema: resolveSchema(this.document, parameter.schema) }));
  }

  /** The address with the examples of its parameters, or with others. */
  target(values: Readonly<Record<string, string>> = {}, query = ''): string {
    const path = this.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? this.exampleOf('path', name));
    const required = this.parameters('query').filter((parameter) => parameter.required === true);
    const pairs = required.map(({ name }) => `${name}=${encodeURIComponent(this.exampleOf('query', name))}`);
    const all = [...pairs, ...(query === '' ? [] : [query])].join('&');
    return all === '' ? path : `${path}?${all}`;
  }

  exampleBody(): unknown {
    return (
      this.body?.example ?? (this.bodySchema === undefined ? undefined : exampleOf(this.document, this.bodySchema))
    );
  }

  private exampleOf(place: 'path' | 'query', name: string): string {
    const parameter = this.parameters(place).find((one) => one.name === name);
    return String(exampleOf(this.document, parameter?.schema ?? {}));
  }
}

export async function readDocument(server: { readonly url: string }): Promise<ApiDocument> {
  const document = await expectOk<ApiDocument>(server, 'GET', '/openapi.json');
  return { ...document, paths: resolved(document, document.paths) as ApiDocument['paths'] };
}

/** With the parameters and the answers that routes share in their places. */
function resolved(document: ApiDocument, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(document, item));
  if (typeof value !== 'object' || value === null) return value;
  const [, section, name = ''] =
    /^#\/components\/(responses|parameters)\/(.+)$/.exec(String((value as Schema).$ref)) ?? [];
  if (section !== undefined) return document.components[section as 'responses' | 'parameters'][name];
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolved(document, member)]));
}

export function routesOf(document: ApiDocument): ApiRoute[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => new ApiRoute(document, method.toUpperCase(), path, operation)),
  );
}

/** The schema behind references. */
export function resolveSchema(document: ApiDocument, schema: Schema): Schema {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target === undefined) return schema;
  const found = document.components.schemas[target.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${target} is not defined`);
  return found.$ref === undefined ? found : { ...resolveSchema(document, found), ...found };
}

/**
 * The example of a schema: its own, or one put together from those of its parts, or the least that it allows. Optional
 * members are included.
 */
export function exampleOf(document: ApiDocument, reference: Schema): unknown {
  if (reference.example !== undefined) return reference.example;
  const schema = resolveSchema(document, reference);
  if (schema.example !== undefined) return schema.example;
  const [alternative] = schema.oneOf ?? [];
  if (alternative !== undefined) return exampleOf(document, alternative);
  if (schema.type === 'array') return schema.items === undefined ? [] : [exampleOf(document, schema.items)];
  if (schema.properties === undefined) return leastOf(schema);
  const members = Object.entries(schema.properties);
  return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(document, member)]));
}

function leastOf({ type, enum: values, minimum = 0, minLength = 1, contentEncoding, pattern }: Schema): unknown {
  if (values !== undefined) return values[0];
  if (type === 'integer') return minimum;
  if (type === 'boolean') return false;
  const text = 'A'.repeat(minLength);
  if (type !== 'string' || (pattern !== undefined && !new RegExp(pattern).test(text)))
    throw new Error(`There is no example for ${JSON.stringify({ type, contentEncoding, pattern })}`);
  return text;
}
