// Decodes in processes of their own, several at once. A file that crashes the decoder costs itself: its
// batch is tried again file by file in a new process, and the file that ends two of them is left out,
// named. Ends its processes when it is closed, and they end by themselves when their owner is gone.
import { failure, fromErrorDocument } from '../../../shared/errors.ts';
import type { ImageShape } from '../dataset.ts';
import type { Decoded, Fitting } from '../image-decoder.ts';
import type { ImageFile } from '../image-file.ts';
import { startDecoder, type DecoderEnd, type DecoderProcess } from './decoder-process.ts';
import type { FromDecoder } from './messages.ts';

export interface Decoders {
  /** Batches to have under way so that nobody waits. */
  readonly batchesAtOnce: number;
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

export function openDecoderPool({ program, fitting, processes }: DecoderPoolOptions): Decoders {
  const workers = new Set<Worker>();
  const waiting: Job[] = [];
  let failedStarts = 0;
  let closed: Error | undefined;

  const start = (): Worker => {
    const worker: Worker = {
      process: startDecoder(program, {
        onMessage: (message) => take(worker, message),
        onEnd: (end) => bury(worker, end),
      }),
      jobs: [],
      isReady: false,
    };
    workers.add(worker);
    return worker;
  };

  const dispatch = (): void => {
    for (;;) {
      const [job] = waiting;
      if (job === undefined || closed !== undefined) return;
      const idlest = [...workers].sort((a, b) => a.jobs.length - b.jobs.length)[0];
      const isBusy = idlest === undefined || idlest.jobs.length > 0;
      const worker = isBusy && workers.size < processes ? start() : idlest;
      if (worker === undefined || !hasRoom(worker, job)) return;
      waiting.shift();
      worker.jobs.push(job);
      worker.process.send({
        kind: 'batch',
        ...fitting,
        shape: { ...fitting.shape },
        files: [...job.files],
      });
    }
  };

  const take = (worker: Worker, message: FromDecoder): void => {
    switch (message.kind) {
      case 'ready':
        worker.isReady = true;
        failedStarts = 0;
        return;
      case 'decoded':
        worker.jobs.shift()?.resolve(rowsOf(message, fitting.shape));
        dispatch();
        return;
      case 'leaf': // nobody asked for one here
        return;
      case 'failed': {
        const { path, ...error } = message.error;
        close(fromErrorDocument(path === undefined ? error : { ...error, path }));
      }
    }
  };

  const bury = (worker: Worker, end: DecoderEnd): void => {
    if (!workers.delete(worker) || closed !== undefined) return;
    const [current, ...rest] = worker.jobs;
    waiting.unshift(...rest);
    if (current !== undefined) {
      waiting.unshift(...(worker.isReady ? suspects(current, end) : [current]));
    }
    if (!worker.isReady && ++failedStarts >= MOST_FAILED_STARTS) close(notStarted(program, end));
    dispatch();
  };

  const close = (reason = new Error('The decoders were closed.')): void => {
    if (closed !== undefined) return;
    closed = reason;
    for (const { process, jobs } of workers) {
      process.kill();
      for (const job of jobs) job.reject(reason);
    }
    for (const job of waiting) job.reject(reason);
  };

  return {
    batchesAtOnce: AHEAD_EACH * processes,
    decode: (files) =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) {
          reject(closed);
          return;
        }
        waiting.push({ files, resolve, reject });
        dispatch();
      }),
    close,
  };
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
  { outcomes, pixels }: Extract<FromDecoder, { kind: 'decoded' }>,
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
