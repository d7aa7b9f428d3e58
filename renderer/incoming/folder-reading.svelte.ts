// A dropped folder while its files are listed: how many there are so far, and a way to stop.
import type { Walk } from './dropped.ts';

/** A change for each of a hundred thousand files would cost more than listing them. */
const SHOWN_EVERY_MS = 100;

export class FolderReading implements Walk {
  fileCount = $state(0);
  readonly name: string;
  readonly #stop = new AbortController();
  #found = 0;
  #shownAt = 0;

  constructor(name: string) {
    this.name = name;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  readonly onFound = (count: number): void => {
    this.#found += count;
    const now = performance.now();
    if (now - this.#shownAt < SHOWN_EVERY_MS) return;
    this.#shownAt = now;
    this.fileCount = this.#found;
  };

  stop(): void {
    this.#stop.abort();
  }
}
