/**
 * Who may lean on whom. Each rule says why; test/architecture shows that each of them bites.
 * "Only adapters" means repositories, other files called prisma-*.ts and pg-*.ts, and what lies in core/database.
 */
const SERVER = '^src/';
const TEST_CODE = '\\.spec\\.ts$|(^|/)testing/';
const ADAPTERS = '(^|/)(prisma|pg)-[^/]+\\.ts$|\\.repository\\.ts$|^src/core/database/';
/** Wiring, the edges and what is injected are known by their role, the last part of the name; the rest is the domain. */
const NOT_DOMAIN =
  '\\.(module|controller|service|repository|cache|guard|strategy|interceptor|filter|errors|spec)\\.ts$|' +
  '-(registry|sweeper|watch|lifetime)\\.ts$|/index\\.ts$|(^|/)(prisma|pg|smtp)-[^/]+\\.ts$';
/** Folders of a module, or of a feature in it, that hold neither domain nor wiring. */
const SHAPES_AND_TESTS = '/(dto|testing)/';
const CLIENT_NODE_CODE = '^packages/client/(bin/|src/(node|cli)(\\.ts$|/))';

/** The folders of packages/client/src in their order: each imports from those before it. */
const SDK_ROOMS = [
  ...['crypto', 'http', 'storage', 'trust', 'envelope', 'state', 'contacts', 'keys', 'sync', 'escrow'],
  ...['inbox', 'sending', 'receipts', 'account', 'devices', 'node', 'cli'],
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Import cycles crash ES modules at start, and hide which part stands on which.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads to something that is installed.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'What the product imports is among the dependencies, not the devDependencies.',
      severity: 'error',
      from: { path: '^(src|packages)/', pathNot: TEST_CODE },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-code-in-product',
      comment: 'Product code never imports a test or what only tests use.',
      severity: 'error',
      from: { path: '^(src|packages|examples)/', pathNot: TEST_CODE },
      to: { path: ['\\.spec\\.ts$', '^test/'] },
    },
    {
      name: 'protocol-stands-alone',
      comment: 'packages/protocol is byte layouts and rules: no crypto, no Node, nobody else’s code.',
      severity: 'error',
      from: { path: '^packages/protocol/', pathNot: TEST_CODE },
      to: { pathNot: '^packages/protocol/' },
    },
    {
      name: 'shared-packages-stand-alone',
      comment: 'What server and SDK share beside the protocol stands on Node itself, and nobody else’s code.',
      severity: 'error',
      from: { path: '^packages/(file-lock|command-line)/', pathNot: TEST_CODE },
      to: { dependencyTypesNot: ['core'], pathNot: '^packages/$1/' },
    },
    {
      name: 'client-depends-on-little',
      comment:
        'The SDK stands on the protocol, libsodium, the recovery words, the estimator of passwords, a parser of event streams and a limit of concurrency only; it runs in browsers.',
      severity: 'error',
      from: { path: '^packages/client/', pathNot: [TEST_CODE, CLIENT_NODE_CODE] },
      to: {
        pathNot: [
          '^packages/(client|protocol)/',
          '(^|/)node_modules/libsodium-wrappers-sumo/',
          '(^|/)node_modules/@scure/bip39/',
          '(^|/)node_modules/@zxcvbn-ts/',
          '(^|/)node_modules/(eventsource-parser|p-limit)/',
        ],
      },
    },
    {
      name: 'client-node-code-depends-on-little',
      comment: 'The Node entry and the command line of the SDK may use Node itself as well, and nothing else.',
      severity: 'error',
      from: { path: CLIENT_NODE_CODE, pathNot: TEST_CODE },
      to: {
        dependencyTypesNot: ['core'],
        pathNot: [
          '^packages/(client|protocol|file-lock|command-line)/',
          '(^|/)node_modules/libsodium-wrappers-sumo/',
          '(^|/)node_modules/@scure/bip39/',
        ],
      },
    },
    {
      name: 'client-core-without-node-code',
      comment: 'The browser’s part of the SDK never reaches its Node part, which would pull Node into browsers.',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: [TEST_CODE, CLIENT_NODE_CODE] },
      to: { path: CLIENT_NODE_CODE },
    },
    {
      name: 'server-without-client',
      comment: 'The SDK decrypts. The server never imports it: nobody adds a decrypting path to it unnoticed.',
      severity: 'error',
      from: { path: SERVER },
      to: { path: ['^packages/client/', '(^|/)node_modules/@sealpost/client'] },
    },
    {
      name: 'core-without-modules',
      comment: 'core is what every module stands on: it never imports one, nor what composes them.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(modules|admin)/|^src/(main|app|index)\\.ts$' },
    },
    {
      name: 'modules-without-composition',
      comment: 'A module does not know what it is composed into.',
      severity: 'error',
      from: { path: '^src/modules/' },
      to: { path: '^src/admin/|^src/(main|app|index)\\.ts$' },
    },
    {
      name: 'modules-through-index',
      comment: 'Modules are reached through their index.ts only.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/', pathNot: TEST_CODE },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', '^src/modules/[^/]+/index\\.ts$'] },
    },
    {
      name: 'composition-through-index',
      comment: 'Modules are reached through their index.ts only, also by what composes them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/modules/', TEST_CODE] },
      to: { path: '^src/modules/', pathNot: '^src/modules/[^/]+/index\\.ts$' },
    },
    {
      name: 'keys-depends-on-no-module',
      comment: 'keys ← auth, keys ← messages, and no other way round.',
      severity: 'error',
      from: { path: '^src/modules/keys/', pathNot: TEST_CODE },
      to: { path: '^src/modules/', pathNot: '^src/modules/keys/' },
    },
    {
      name: 'modules-depend-on-keys-only',
      comment: 'keys ← auth, keys ← messages, and no other way round.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/', pathNot: [TEST_CODE, '^src/modules/keys/'] },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', '^src/modules/keys/'] },
    },
    {
      name: 'features-without-cycles',
      comment: 'Feature folders of a module import each other’s files in one direction only.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/$1/', circular: true },
    },
    ...SDK_ROOMS.slice(0, -1).map((room, index) => ({
      name: 'sdk-rooms-in-order',
      comment:
        'A folder of the SDK stands on those before it in the list SDK_ROOMS, so that no import leads in a circle.',
      severity: 'error',
      from: { path: `^packages/client/src/${room}/`, pathNot: TEST_CODE },
      to: { path: `^packages/client/src/(${SDK_ROOMS.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'sdk-rooms-are-listed',
      comment: 'A new folder of the SDK gets its place in the list SDK_ROOMS.',
      severity: 'error',
      from: { path: `^packages/client/src/(?!(${SDK_ROOMS.join('|')})/)[^/]+/` },
      to: {},
    },
    {
      name: 'sdk-rooms-below-their-client',
      comment: 'The files that put the SDK together stand on its folders; folders import errors and arguments only.',
      severity: 'error',
      from: { path: '^packages/client/src/[^/]+/', pathNot: [TEST_CODE, CLIENT_NODE_CODE] },
      to: { path: '^packages/client/src/[^/]+$', pathNot: '^packages/client/src/(error-codes|errors|arguments)[.]ts$' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Domain files import errors, the clock, the protocol and each other: no Nest, no SQL, no HTTP, no Node.',
      severity: 'error',
      from: { path: '^src/modules/', pathNot: [NOT_DOMAIN, SHAPES_AND_TESTS] },
      to: {
        pathNot: [
          '^src/core/(errors|clock)\\.ts$',
          '^packages/protocol/|(^|/)node_modules/@sealpost/protocol/',
          '^src/modules/(?!.*/(dto|testing)/)',
        ],
      },
    },
    {
      name: 'database-only-in-adapters',
      comment: 'Only adapters know Prisma or SQL; everybody else asks a repository.',
      severity: 'error',
      from: { path: SERVER, pathNot: [ADAPTERS, TEST_CODE] },
      to: { path: ['(^|/)node_modules/(@prisma|prisma|@types/pg|pg)(/|-)', '^src/core/database/generated/'] },
    },
    {
      name: 'adapters-behind-ports',
      comment: 'Who needs an adapter asks for its port; only the module’s wiring names the adapter.',
      severity: 'error',
      from: { path: '^src/modules/', pathNot: ['\\.module\\.ts$', TEST_CODE, '(^|/)(prisma|pg|smtp)-[^/]+\\.ts$'] },
      to: { path: '^src/modules/.*/(prisma|pg|smtp)-[^/]+\\.ts$' },
    },
    {
      name: 'sodium-in-one-server-file',
      comment: 'CryptoService is the only door of the server to libsodium.',
      severity: 'error',
      from: { path: SERVER, pathNot: ['^src/core/crypto/sodium-crypto\\.service\\.ts$', TEST_CODE] },
      to: { path: '(^|/)node_modules/libsodium' },
    },
    {
      name: 'sodium-in-client-crypto',
      comment: 'All encryption of the SDK lies in one folder.',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: ['^packages/client/src/crypto/', TEST_CODE] },
      to: { path: '(^|/)node_modules/libsodium' },
    },
    {
      name: 'examples-use-public-faces',
      comment: 'Examples show what others may use: the server’s src/index.ts, the SDK’s and the protocol’s packages.',
      severity: 'error',
      from: { path: '^examples/', pathNot: TEST_CODE },
      to: {
        path: '^(src|packages)/',
        pathNot: ['^src/index\\.ts$', '^packages/(client|protocol)/(src|dist)/(index|node)\\.'],
      },
    },
  ],
  options: {
    doNotFollow: { path: ['(^|/)node_modules/', '^src/core/database/generated/'] },
    exclude: { path: ['^dist/', '^packages/(client|protocol|file-lock|command-line)/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
    skipAnalysisNotInRules: true,
  },
};
