// What is done to a library now and then while a host serves it: the trash and old uploads are emptied, the
// database is checked and backed up.
import type { Library } from '../../store/library.ts';
import { takeCare } from './library-check.ts';
import { purgeExpired } from './purge.ts';
import type { UploadService } from './uploads.ts';

const dayMs = 24 * 3600 * 1000;
/** The page has come up by then. */
const firstCheckMs = 10_000;

export interface HousekeepingOptions {
  readonly uploads: Pick<UploadService, 'clean'>;
  readonly onError: (error: unknown) => void;
}

export class Housekeeping {
  readonly #library: Library;
  readonly #options: HousekeepingOptions;
  readonly #closing = new AbortController();
  readonly #first: NodeJS.Immediate;
  readonly #firstCheck: NodeJS.Timeout;
  readonly #daily: NodeJS.Timeout;

  constructor(library: Library, options: HousekeepingOptions) {
    this.#library = library;
    this.#options = options;
    this.#first = setImmediate(() => this.#tidy());
    // What is damaged is named in the list at once; the structure of the file is looked at when the page has
    // had its turn.
    this.#firstCheck = setTimeout(() => this.#check(), firstCheckMs).unref();
    this.#daily = setInterval(() => {
      this.#tidy();
      this.#check();
    }, dayMs).unref();
  }

  close(): void {
    clearImmediate(this.#first);
    clearTimeout(this.#firstCheck);
    clearInterval(this.#daily);
    this.#closing.abort();
  }

  #tidy(): void {
    const { uploads, onError } = this.#options;
    purgeExpired(this.#library, onError);
    uploads.clean().catch(onError);
  }

  #check(): void {
    const { signal } = this.#closing;
    takeCare(this.#library, { signal }).catch((error: unknown) => {
      if (!signal.aborted) this.#options.onError(error);
    });
  }
}
