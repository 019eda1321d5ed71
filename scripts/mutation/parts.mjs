/**
 * What `npm run test:mutation` changes, and the specs that have to notice: files, or folders of them.
 *
 * @type {Record<string, { mutate: string[], tests: string[] }>}
 */
export const PARTS = {
  protocol: {
    // Without the tables of texts and code points, which other tests hold against the documents and against Unicode.
    mutate: ['packages/protocol/src/!(error-catalogue|error-members|account-events|assigned-characters).ts'],
    tests: ['packages/protocol/src'],
  },
  crypto: {
    mutate: ['src/core/crypto/*.ts'],
    tests: ['src/core/crypto'],
  },
  opening: {
    mutate: [
      'packages/client/src/envelope/{open*,accepted-ids,receipt-content,resend-hash}.ts',
      'packages/client/src/envelope/{streams,stream-record,stream-dependencies}.ts',
      'packages/client/src/trust/{chain,chain-pin}.ts',
    ],
    tests: ['packages/client/src/envelope', 'packages/client/src/trust'],
  },
};

/** The part that this run is about, which main.mjs names. */
export const part = process.env.MUTATED_PART ?? 'protocol';
/** @type {{ mutate: string[], tests: string[] }} */
export const { mutate, tests } = PARTS[part] ?? { mutate: [], tests: [] };
