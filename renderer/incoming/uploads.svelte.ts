// Files on their way from this browser into the host's library: with progress, cancel, and going on
// where it stopped. Several calls are under way at once, since a folder is many small files.
import type { PendingUpload } from '../../shared/contract/app/datasets.ts';
import { AppError, messageOf } from '../../shared/errors.ts';
import type { Host } from '../client/host.ts';
import type { Picked } from './dropped.ts';

const CHUNK_BYTES = 2 * 1024 * 1024;
const PARALLEL = 4;

export type UploadPurpose = PendingUpload['purpose'];
export type UploadState = 'sending' | 'stopped' | 'failed' | 'done' | 'cancelled';

export class Upload {
  state: UploadState = $state('sending');
  sentBytes = $state(0);
  error: unknown = $state.raw();
  readonly name: string;
  readonly totalBytes: number;
  readonly fileCount: number;
  readonly purpose: UploadPurpose;
  readonly #picked: Picked;
  readonly #host: Host;
  #id: string | undefined;
  #stop = new AbortController();

  constructor(host: Host, picked: Picked, purpose: UploadPurpose) {
    this.purpose = purpose;
    this.#host = host;
    this.#picked = picked;
    this.name = picked.name;
    this.fileCount = picked.files.length;
    this.totalBytes = picked.files.reduce((sum, { file }) => sum + file.size, 0);
  }

  /** The host's name for it, once it has one. */
  get id(): string | undefined {
    return this.#id;
  }

  /** It failed because the host could not be reached: nothing is wrong with it. */
  get isBrokenOff(): boolean {
    return (
      this.state === 'failed' &&
      this.error instanceof AppError &&
      this.error.code === 'connection-lost'
    );
  }

  /** The place in the library, or undefined if it was stopped or failed (see `state`). */
  async run(): Promise<string | undefined> {
    const stop = new AbortController();
    this.#stop = stop;
    this.state = 'sending';
    this.error = undefined;
    try {
      const { upload, received } = await this.#host.call('datasets.beginUpload', {
        name: this.name,
        files: this.#picked.files.map(({ path, file }) => ({ path, sizeBytes: file.size })),
        purpose: this.purpose,
      });
      this.#id = upload;
      if (await this.#isGivenUp(upload, stop.signal)) return undefined;
      this.sentBytes = received.reduce((sum, bytes) => sum + bytes, 0);
      await this.#sendAll(upload, { received, signal: stop.signal });
      if (stop.signal.aborted) return undefined;
      const { source } = await this.#host.call('datasets.finishUpload', { upload });
      this.state = 'done';
      return source;
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      // The other files on their way must not meet those of the next attempt.
      stop.abort();
      this.error = error;
      this.state = 'failed';
      return undefined;
    }
  }

  /** What has arrived stays; `run` goes on. */
  stop(): void {
    this.state = 'stopped';
    this.#stop.abort();
  }

  async cancel(): Promise<void> {
    this.state = 'cancelled';
    this.#stop.abort();
    if (this.#id !== undefined)
      await this.#host.call('datasets.cancelUpload', { upload: this.#id });
  }

  /** Stopped or cancelled before the host had a name for it. */
  async #isGivenUp(upload: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted && this.state === 'cancelled') {
      await this.#host.call('datasets.cancelUpload', { upload });
    }
    return signal.aborted;
  }

  async #sendAll(
    upload: string,
    { received, signal }: { readonly received: readonly number[]; readonly signal: AbortSignal },
  ): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (!signal.aborted) {
        const index = next++;
        const picked = this.#picked.files[index];
        if (picked === undefined) return;
        await this.#sendFile({ upload, index, from: received[index] ?? 0, signal, ...picked });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  async #sendFile(what: {
    readonly upload: string;
    readonly index: number;
    readonly from: number;
    readonly signal: AbortSignal;
    readonly path: string;
    readonly file: File;
  }): Promise<void> {
    const { upload, index, from, signal, path, file } = what;
    for (let offset = from; offset < file.size && !signal.aborted;) {
      const bytes = await readSlice(file, { path, offset });
      await this.#host.call('datasets.upload', { upload, file: index, offset, bytes });
      offset += bytes.length;
      this.sentBytes += bytes.length;
    }
  }
}

async function readSlice(
  file: File,
  { path, offset }: { readonly path: string; readonly offset: number },
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(offset, offset + CHUNK_BYTES).arrayBuffer());
  } catch (error) {
    throw new AppError(
      'input',
      'file-unreadable',
      `${path} can no longer be read (${messageOf(error)}). If it was changed or moved, drop the folder again.`,
      { path, cause: error },
    );
  }
}
