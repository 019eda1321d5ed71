import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { completeDocument } from './complete-document.js';

export interface OpenApiOptions {
  /** Where clients reach the service; named as a second server. */
  readonly publicUrl?: string | undefined;
  readonly version?: string | undefined;
}

const DESCRIPTION = `Self-hosted, end-to-end encrypted messaging. The server stores and forwards envelopes; it holds no key
that opens one. All encryption happens in the client (\`@sealpost/client\`, or the protocol in \`docs/protocol.md\`).

**Conventions.** Bytes are base64url without padding, in canonical form. UUIDs are lower-case. Times are integer
milliseconds since the Unix epoch. A member that has no value is omitted, never null. Unknown members and parameters,
repeated names and wrong types are refused with \`request.invalid\` and a pointer to the place.

**Answers** have a header \`Sealpost-Service\` with the serviceId and the version of the software (an answer without it is
not the service’s own), and \`X-Request-Id\`, which names the request in the log of the server.

**Errors** are problem documents (RFC 9457) with a stable \`code\`; \`GET /problems\` lists them, and \`GET /problems/{code}\` explains each.`;

/** What "Authorize" shows above its field. */
const ABOUT_TOKENS = `The access token of a session, as \`accessToken\` in the answers of POST /v1/auth/register, /login and
/refresh. No form can log in here: the password never leaves the client. The command line prints a token of its session
with \`npx sealpost token\`; paste that without the word Bearer. It lasts some minutes.`;

const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['auth', 'Registration, log-in by proof of an auth key, tokens. The password never leaves the client.'],
  ['sessions', 'The sessions of an account: listing and revoking them.'],
  ['account', 'The account of the caller: its credentials, its recovery, its history.'],
  ['devices', 'New devices that join an account with the approval of a signed-in one, without the password.'],
  ['keys', 'Versioned public keys of users (key statements) and the encrypted vault of private ones.'],
  ['state', 'What the clients of the caller know of others, encrypted, to be shared by them.'],
  ['messages', 'Sending envelopes, and the mailbox of the caller.'],
  ['service', 'What this service is: its name, its limits, its public keys, its error codes.'],
  ['health', 'For load balancers and orchestrators.'],
];

/** `keys.rotate` of KeysController.rotate: stable as long as neither is renamed. */
export function operationIdOf(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}.${method}`;
}

/** The OpenAPI document of an initialised application, with the routes of additional modules. */
export function createOpenApiDocument(app: INestApplication, options: OpenApiOptions = {}): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Sealpost')
    .setDescription(DESCRIPTION)
    .setVersion(options.version ?? '0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'The server that this document comes from.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: ABOUT_TOKENS }, 'bearer')
    .addSecurity('dpop', {
      type: 'http',
      scheme: 'DPoP',
      description:
        'The access token of a session that is bound to a key, with a proof of that key in the header DPoP (RFC 9449). ' +
        'Such sessions need it for what outlives the token; where the service asks for it everywhere, for all requests.',
    })
    .addSecurityRequirements('bearer');
  if (options.publicUrl !== undefined) builder.addServer(options.publicUrl, 'The public address of the service.');
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { operationIdFactory: operationIdOf });
  return completeDocument(document);
}
