/** Runs pieces of work of one name one after the other, those of different names side by side. */
export class NamedMutex {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#tails.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === turn) this.#tails.delete(name);
    }
  }

  /** Runs work when none of the others of any of these names runs. */
  runAll<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    // Always in the same order, so that two of them never wait for each other.
    return [...new Set(names)].sort().reduceRight((inner, name) => () => this.run(name, inner), work)();
  }
}
