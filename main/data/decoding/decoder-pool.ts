// Decodes in processes of their own, several at once. A file that crashes the decoder costs itself: its
// batch is tried again file by file in a new process, and the file that ends two of them is left out,
// named. Ends its processes when it is closed, and they end by themselves when their owner is gone.
import { failure, messageOf } from '../../../shared/errors.ts';
import { isOfConnection } from '../../../shared/rpc/error-sentences.ts';
import type { ImageShape } from '../dataset.ts';
import type { Decoded, Fitting } from '../image-decoder.ts';
import type { ImageFile } from '../image-file.ts';
import { startDecoder, type DecoderEnd, type DecoderProcess } from './decoder-process.ts';
import type { Decoded as DecodedBatch } from './decoder-contract.ts';

export interface Decoders {
  /** Batches to have under way so that nobody waits. */
  readonly maxParallelBatches: number;
  /** In the order of the files. @throws what is wrong with the decoder itself, and once it is closed */
  decode(files: readonly ImageFile[]): Promise<readonly Decoded[]>;
  /** What is under way fails with `reason`. */
  close(reason?: Error): void;
}

export interface DecoderPoolOptions {
  /** The bundled program; see main/build/entry-points.mjs. */
  readonly program: string;
  readonly fitting: Fitting;
  readonly processes: number;
}

/** One is decoded, one waits in the process: it never waits for its owner. */
const BATCHES_EACH = 2;
/** More are asked for: they come back in order, so a slow one holds up what others have done. */
const AHEAD_EACH = 4;
/** A file that ends so many processes, alone in them, is the reason. One may have ended otherwise. */
const DEADLY = 2;
/** A program that cannot start is not started for ever. */
const MOST_FAILED_STARTS = 3;

interface Job {
  readonly files: readonly ImageFile[];
  /** Undefined until a process died over its batch; then it is a file that is alone in its process. */
  deaths?: number;
  readonly resolve: (decoded: readonly Decoded[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Worker {
  readonly process: DecoderProcess;
  /** The first is being decoded. */
  readonly jobs: Job[];
  isReady: boolean;
}

export function openDecoderPool(options: DecoderPoolOptions): Decoders {
  return new DecoderPool(options);
}

class DecoderPool implements Decoders {
  readonly maxParallelBatches: number;
  readonly #options: DecoderPoolOptions;
  readonly #workers = new Set<Worker>();
  readonly #waiting: Job[] = [];
  #failedStarts = 0;
  #closed: Error | undefined;

  constructor(options: DecoderPoolOptions) {
    this.#options = options;
    this.maxParallelBatches = AHEAD_EACH * options.processes;
  }

  decode(files: readonly ImageFile[]): Promise<readonly Decoded[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#waiting.push({ files, resolve, reject });
      this.#dispatch();
    });
  }

  close(reason = new Error('The decoders were closed.')): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const { process, jobs } of this.#workers) {
      process.kill();
      for (const job of jobs) job.reject(reason);
    }
    for (const job of this.#waiting) job.reject(reason);
  }

  #start(): Worker {
    const worker: Worker = {
      process: startDecoder(this.#options.program),
      jobs: [],
      isReady: false,
    };
    this.#workers.add(worker);
    void worker.process.ended.then((end) => this.#onEnd(worker, end));
    worker.process.client.call('load', {}).then(
      () => {
        worker.isReady = true;
        this.#failedStarts = 0;
      },
      (error: unknown) => this.#onError(worker, error),
    );
    return worker;
  }

  #dispatch(): void {
    for (;;) {
      const [job] = this.#waiting;
      if (job === undefined || this.#closed !== undefined) return;
      const idlest = [...this.#workers].sort((a, b) => a.jobs.length - b.jobs.length)[0];
      const isBusy = idlest === undefined || idlest.jobs.length > 0;
      const mayStart = this.#workers.size < this.#options.processes;
      const worker = isBusy && mayStart ? this.#start() : idlest;
      if (worker === undefined || !hasRoom(worker, job)) return;
      this.#waiting.shift();
      this.#give(job, worker);
    }
  }

  #give(job: Job, worker: Worker): void {
    const { fitting } = this.#options;
    worker.jobs.push(job);
    const batch = { ...fitting, shape: { ...fitting.shape }, files: [...job.files] };
    worker.process.client.call('decode', batch).then(
      (decoded) => {
        worker.jobs.splice(worker.jobs.indexOf(job), 1);
        job.resolve(rowsOf(decoded, fitting.shape));
        this.#dispatch();
      },
      (error: unknown) => this.#onError(worker, error),
    );
  }

  /** Of a process that is gone `onEnd` tells; one that talks nonsense is as good as one that crashed. */
  #onError(worker: Worker, error: unknown): void {
    if (isOfConnection(error)) worker.process.kill();
    else this.close(error instanceof Error ? error : new Error(messageOf(error)));
  }

  #onEnd(worker: Worker, end: DecoderEnd): void {
    if (!this.#workers.delete(worker) || this.#closed !== undefined) return;
    const [current, ...rest] = worker.jobs;
    this.#waiting.unshift(...rest);
    if (current !== undefined) {
      this.#waiting.unshift(...(worker.isReady ? suspects(current, end) : [current]));
    }
    if (!worker.isReady && ++this.#failedStarts >= MOST_FAILED_STARTS) {
      this.close(notStarted(this.#options.program, end));
    }
    this.#dispatch();
  }
}

/**
 * An answer that was on its way is lost with its process: were two suspects in one, the first could be
 * blamed for the second.
 */
function hasRoom({ jobs }: Worker, job: Job): boolean {
  const isSuspected = job.deaths !== undefined || jobs.some(({ deaths }) => deaths !== undefined);
  return jobs.length < (isSuspected ? 1 : BATCHES_EACH);
}

/** What is tried next of a job whose process died; nothing if that settles it. */
function suspects(job: Job, end: DecoderEnd): readonly Job[] {
  const { files, resolve, reject } = job;
  if (job.deaths === undefined) {
    const singles: Job[] = [];
    const tried = files.map(
      (file) =>
        new Promise<readonly Decoded[]>((resolveOne, rejectOne) => {
          singles.push({ files: [file], deaths: 0, resolve: resolveOne, reject: rejectOne });
        }),
    );
    Promise.all(tried).then((decoded) => resolve(decoded.flat()), reject);
    return singles;
  }
  job.deaths++;
  if (job.deaths < DEADLY) return [job];
  resolve([{ reason: `crashes the decoder (${end.how})` }]);
  return [];
}

function rowsOf(
  { outcomes, pixels }: DecodedBatch,
  { height, width, channels }: ImageShape,
): readonly Decoded[] {
  const rowBytes = height * width * channels;
  let at = 0;
  return outcomes.map((outcome) => {
    if ('reason' in outcome) return outcome;
    return { ...outcome, pixels: pixels.subarray(at, (at += rowBytes)) };
  });
}

function notStarted(program: string, { how, lastWords }: DecoderEnd): Error {
  const words = lastWords === '' ? '' : ` Its last words: ${lastWords}`;
  return failure(
    'decoder-not-started',
    `The image decoder ${program} cannot be started (${how}); it may have been rebuilt meanwhile. Start again.${words}`,
    { path: program },
  );
}
