/** The part of zxcvbn-ts that is used: its own types are those of CommonJS modules, and name the whole of it. */
declare module '@zxcvbn-ts/core' {
  export interface Estimate {
    readonly score: 0 | 1 | 2 | 3 | 4;
    readonly feedback: { readonly warning: string | null; readonly suggestions: readonly string[] };
  }
  export function zxcvbn(password: string, userInputs?: readonly string[]): Estimate;
  export const zxcvbnOptions: { setOptions(options: object): void };
}

declare module '@zxcvbn-ts/language-common' {
  export const dictionary: object;
  export const adjacencyGraphs: object;
}

declare module '@zxcvbn-ts/language-en' {
  export const dictionary: object;
  export const translations: object;
}
