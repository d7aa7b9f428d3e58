// Recorded programs that stay between the questions of a trainer that is asked again and again: the last few
// that were used, within a bound of memory.

export interface Disposable {
  dispose(): void;
}

export interface KeptProgramsLimits {
  readonly most: number;
  /** Of what is kept besides the one that is used. */
  readonly mostBytes: number;
}

interface Entry {
  readonly program: Disposable;
  readonly bytes: number;
}

export class KeptPrograms {
  /** The last used comes last. */
  readonly #entries = new Map<string, Entry>();
  readonly #limits: KeptProgramsLimits;

  constructor(limits: KeptProgramsLimits = { most: 8, mostBytes: 2 ** 30 }) {
    this.#limits = limits;
  }

  /** The one of this key, or what `open` gives, which takes about so many bytes. */
  async get<P extends Disposable>(
    key: string,
    open: () => Promise<{ readonly program: P; readonly bytes: number }>,
  ): Promise<P> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.program as P;
    }
    const entry = await open();
    this.#entries.set(key, entry);
    this.#drop(key);
    return entry.program;
  }

  get size(): number {
    return this.#entries.size;
  }

  dispose(): void {
    for (const { program } of this.#entries.values()) program.dispose();
    this.#entries.clear();
  }

  /** The ones that were used longest ago go first, the one of this key never. */
  #drop(used: string): void {
    const { most, mostBytes } = this.#limits;
    let bytes = 0;
    for (const [key, entry] of this.#entries) if (key !== used) bytes += entry.bytes;
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= most && bytes <= mostBytes) return;
      if (key === used) continue;
      this.#entries.delete(key);
      entry.program.dispose();
      bytes -= entry.bytes;
    }
  }
}
