// One reader process as its owner sees it: it is asked one thing, and ended when it has answered, when nobody
// wants the answer, or when it has been silent for so long that its files will never answer.
import { failure } from '../../../shared/errors.ts';
import { createClient, type Client } from '../../../shared/rpc/client.ts';
import { isOfConnection } from '../../../shared/rpc/error-sentences.ts';
import { processWire } from '../../../shared/rpc/process-wire.ts';
import { FILE_SILENCE_SECONDS } from '../../../shared/limits.ts';
import { startHelper } from '../../system/helper-process.ts';
import { cancelled, type DataProgress, type Watch } from '../progress.ts';
import {
  READER_LIMIT_BYTES,
  READER_VERSION,
  readerContract,
  type ReaderContract,
  type ReaderEvent,
} from './reader-contract.ts';

export interface Reading extends Watch {
  /** The bundled program; see main/build/entry-points.mjs. */
  readonly program: string;
  /** What is read, for the sentence if it never answers. */
  readonly source: string;
  /** For tests. */
  readonly silenceSeconds?: number;
  readonly onStart?: (pid: number) => void;
}

/** Pictures of the largest size take so much longer on a busy machine, and the reader waits for its decoders. */
const DECODING_FACTOR = 20;
/** A reader that still answers comes to its end by itself. */
const CANCEL_MS = 1000;
const SECOND_MS = 1000;

type Ask<T> = (
  client: Client<ReaderContract>,
  listening: { readonly onEvent: (event: ReaderEvent) => void; readonly signal: AbortSignal },
) => Promise<T>;

/** @throws what the reader threw, `cancelled`, `no-answer`, or `reader-failed` if it died */
export async function askReader<T>(reading: Reading, ask: Ask<T>): Promise<T> {
  const { program, source, signal, onProgress, silenceSeconds = FILE_SILENCE_SECONDS } = reading;
  const { child, ended } = startHelper(program);
  reading.onStart?.(child.pid ?? 0);
  const client = createClient(readerContract, processWire(child), {
    version: READER_VERSION,
    limitBytes: READER_LIMIT_BYTES,
  });
  const cancelling = new AbortController();
  let last: DataProgress | undefined;
  let silentSeconds = 0;
  const onEvent = (event: ReaderEvent): void => {
    silentSeconds = 0;
    if (event.kind === 'working') return;
    last = event.progress;
    onProgress?.(event.progress);
  };
  const answer = ask(client, { onEvent, signal: cancelling.signal });
  const { promise: givenUp, reject: giveUp } = withRejection();
  // Counted, not read from a clock: a machine that slept was not silent.
  const timer = setInterval(() => {
    silentSeconds += 1;
    if (silentSeconds >= patienceFor(last, silenceSeconds)) giveUp(noAnswer(source, last));
  }, SECOND_MS);
  const onAbort = (): void => {
    cancelling.abort();
    if (signal !== undefined) setTimeout(() => giveUp(cancelled(signal)), CANCEL_MS).unref();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    return await Promise.race([answer, givenUp]);
  } catch (error) {
    // What it was asked has no answer any more.
    answer.catch(() => undefined);
    if (!isOfConnection(error)) throw error;
    throw readerFailed(source, await ended);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    client.close();
  }
}

function withRejection(): {
  readonly promise: Promise<never>;
  readonly reject: (error: Error) => void;
} {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, rejectIt) => (reject = rejectIt));
  // It may be rejected after the answer.
  promise.catch(() => undefined);
  return { promise, reject };
}

/** When every row is there, only the cache is still written: a slow disk is no silent file. */
function patienceFor(last: DataProgress | undefined, seconds: number): number {
  if (last?.stage !== 'decode' && last?.stage !== 'copy') return seconds;
  return last.done >= last.total ? Infinity : DECODING_FACTOR * seconds;
}

function noAnswer(source: string, last: DataProgress | undefined): Error {
  const after = last === undefined || last.done === 0 ? '' : ` after ${last.done} files`;
  return failure(
    'no-answer',
    `${source} stopped answering${after}. Is a folder or a link in it on a network drive whose server is gone, or on a disk that sleeps? Take it out of the dataset, or try again when it is back.`,
    { path: source },
  );
}

function readerFailed(source: string, how: string): Error {
  return failure(
    'reader-failed',
    `The process that read ${source} ended (${how}). Try again; if it happens every time, a file of the dataset may be the cause.`,
    { path: source },
  );
}
