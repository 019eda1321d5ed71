import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Syntax that is banned wherever TypeScript is written. Each message names what to use instead. */
const bannedSyntax = [
  {
    selector: "CallExpression[callee.object.name='Buffer'][callee.property.name='from'][arguments.1.value=/^base64/]",
    message: 'Buffer.from ignores bad base64: use decodeBase64Url of @sealpost/protocol, which refuses it.',
  },
  { selector: "CallExpression[callee.name='atob']", message: 'Use decodeBase64Url of @sealpost/protocol.' },
  {
    // Constructors take what they are injected with.
    selector:
      ':matches(FunctionDeclaration, ArrowFunctionExpression, MethodDefinition[kind!="constructor"] > FunctionExpression)[params.length>5]',
    message: 'More than five parameters: pass an object that names them.',
  },
  {
    selector: 'TSEnumDeclaration',
    message: 'Use a readonly array or object `as const` and a union type: enums exist at run time in one form only.',
  },
];

const bareErrors = {
  selector: 'NewExpression[callee.name=/^(Error|TypeError|RangeError)$/]',
  message: 'Whatever the SDK throws has a code: use the classes of errors.ts, `internal()` for what cannot happen.',
};

/** The name of a test is a sentence of its own in a report: it begins with what it is about. */
const namelessTests = {
  selector:
    ':matches(CallExpression[callee.name="it"], CallExpression[callee.callee.object.name="it"]) > Literal[value=/^(is|are|was|has|have|does|do|can|cannot|may|must|should|gets|goes|takes|keeps|says|ends|leaves|stops|names|gives|lets|reads|makes|accepts|refuses|shows|needs|works|runs|never|still|also|and|but|or|nor|of|with|without|by|for|to|that|who|whose|the same) /]',
  message: 'Say in the name itself what it is about: "a revoked token is refused", not "is refused".',
};

const mathRandom = {
  object: 'Math',
  property: 'random',
  message: 'It can be predicted: use randomBytes or randomInt of node:crypto, in the client randomBytes of its crypto.',
};
const processEnv = {
  object: 'process',
  property: 'env',
  message: 'Only src/core/config reads the environment: take what you need from Settings.',
};

const sodiumImport = {
  name: 'libsodium-wrappers-sumo',
  message: 'On the server ask CryptoService (src/core/crypto) for it; in the client only src/crypto imports libsodium.',
};

const isBrowserCode = ['packages/protocol/src/**/*.ts', 'packages/client/src/**/*.ts'];
const nodeOnlyClientCode = [
  'packages/client/src/node.ts',
  'packages/client/src/node/**',
  'packages/client/src/cli.ts',
  'packages/client/src/cli/**',
];
const testCode = ['**/*.spec.ts', '**/testing/**', 'test/**/*.ts', 'bench/**/*.ts'];
const programs = [
  'src/main.ts',
  'src/admin/**',
  'packages/client/src/cli.ts',
  'packages/client/src/cli/**',
  'examples/**',
  'bench/**',
];

export default tseslint.config(
  { ignores: ['**/dist/**', 'coverage/**', 'data/**', 'src/core/database/generated/**'] },
  // Exceptions are made here, where they can be seen, never by a comment in the code.
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 300 }],
      'no-restricted-properties': ['error', mathRandom],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [sodiumImport] }],
      'no-restricted-properties': ['error', mathRandom, processEnv],
      'no-restricted-syntax': ['error', ...bannedSyntax],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // Nest's modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `async` is also how a method promises to reject rather than throw.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/core/crypto/**', 'packages/client/src/**'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/core/config/**', 'packages/command-line/src/main.ts', ...nodeOnlyClientCode, ...programs.slice(2)],
    rules: { 'no-restricted-properties': ['error', mathRandom] },
  },
  {
    files: ['packages/client/src/**/*.ts'],
    ignores: ['packages/client/src/cli/**', ...testCode],
    rules: { 'no-restricted-syntax': ['error', ...bannedSyntax, bareErrors] },
  },
  {
    files: isBrowserCode,
    ignores: [...nodeOnlyClientCode, '**/*.spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'Buffer', message: 'This runs in browsers too: use Uint8Array and the helpers of @sealpost/protocol.' },
        { name: 'process', message: 'This runs in browsers too: take it as an option.' },
        { name: 'global', message: 'Use globalThis.' },
        { name: 'setImmediate', message: 'This runs in browsers too: use setTimeout or queueMicrotask.' },
      ],
    },
  },
  { files: programs, rules: { 'no-console': 'off' } },
  {
    files: testCode,
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': ['error', mathRandom],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.spec.ts'], rules: { 'no-restricted-syntax': ['error', ...bannedSyntax, namelessTests] } },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs', 'prisma.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      parserOptions: { project: null },
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'AbortSignal',
          'performance',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-console': 'off', 'no-restricted-properties': ['error', mathRandom], 'no-restricted-syntax': 'off' },
  },
  {
    // Nest declares its options as a class that it never constructs.
    files: ['src/app.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable', require: 'readonly' } } },
);
