// Previews of augmentation, computed by a trainer that stays for a while: TensorFlow takes seconds to
// start, a preview then a fraction of one. One thread, low priority, no GPU: a training goes first.
import type { Tiles } from '../../../shared/contract/app/datasets.ts';
import type { FromTrainer, PreviewRequest, ToTrainer } from '../../../shared/contract/trainer.ts';
import { AppError, failure, fromErrorDocument, messageOf } from '../../../shared/errors.ts';
import type { Emit, Event } from '../../../shared/rpc/contract-types.ts';
import type { AppContract } from '../../../shared/contract/app/index.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import type { HostParts } from '../host-parts.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import { environmentFor, placeOf } from '../trainer-settings.ts';
import { superviseTrainer, type TrainerMessage } from '../trainer-supervisor.ts';
import type { AppHandlers } from './handlers.ts';

export type PreviewHandlers = Pick<AppHandlers, 'datasets.augmented' | 'datasets.previewing'>;

export interface AugmentPreview {
  readonly handlers: PreviewHandlers;
  /** Ends a trainer that nobody waits for; the next request starts another. */
  rest(): void;
  close(): Promise<void>;
}

export interface AugmentPreviewOptions {
  /** A trainer that was not asked anything for so long is ended. */
  readonly idleMs?: number;
  /** As long after the last page has left: it may only have gone to another tab. */
  readonly leftMs?: number;
  /** How long it may take to end. */
  readonly graceMs?: number;
}

type Notice = Event<AppContract['datasets.previewing']>;
type Made = Extract<FromTrainer, { kind: 'previewed' }>;

type Send = (message: ToTrainer) => void;

/** A promise that others settle; a rejection that nobody waits for is no defect. */
interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface Session {
  /** Rejects if the trainer ends before it is ready. */
  readonly ready: Promise<Send>;
  readonly stop: AbortController;
  readonly abandon: AbortController;
  /** Never rejects. */
  readonly over: Promise<void>;
  readonly waiting: Map<number, Omit<Promised<Made>, 'promise'>>;
}

export function createAugmentPreview(
  parts: HostParts,
  { idleMs = 60_000, leftMs = 3_000, graceMs = 2_000 }: AugmentPreviewOptions = {},
): AugmentPreview {
  // One at a time, so that what is no longer wanted has not been sent yet.
  const turns = new Scheduler({
    findPlaces: () => Promise.resolve([{ name: 'preview', device: { kind: 'cpu' } }]),
    onError: (error) => {
      throw error;
    },
  });
  const watchers = new Set<Emit<Notice>>();
  let session: Session | undefined;
  let state: Notice | undefined;
  let rest: NodeJS.Timeout | undefined;
  let nextId = 0;
  let nextTurn = 0;
  let isClosed = false;

  const tell = (notice: Notice): void => {
    state = notice.kind === 'died' ? undefined : notice;
    for (const emit of watchers) void emit(notice, { latest: 'state' });
  };

  const end = (): void => {
    clearTimeout(rest);
    const ending = session;
    if (ending === undefined) return;
    session = undefined;
    state = undefined;
    ending.stop.abort();
    const timer = setTimeout(() => ending.abandon.abort(), graceMs);
    void ending.over.then(() => clearTimeout(timer));
  };
  const endLater = (delayMs: number): void => {
    clearTimeout(rest);
    rest = setTimeout(() => {
      if (!turns.isBusy) end();
    }, delayMs);
    rest.unref();
  };

  const start = (): Session => {
    const stop = new AbortController();
    const abandon = new AbortController();
    const waiting: Session['waiting'] = new Map();
    const beginning = promised<Send>();
    const onMessage = (message: TrainerMessage, reply: Send): void => {
      switch (message.kind) {
        case 'preparing': {
          const { message: words, fraction } = message;
          tell({
            kind: 'preparing',
            progress: { message: words, ...(fraction === undefined ? {} : { fraction }) },
          });
          return;
        }
        case 'preview-ready':
          beginning.resolve(reply);
          return;
        case 'previewed':
          tell({ kind: 'ready' });
          waiting.get(message.id)?.resolve(message);
          waiting.delete(message.id);
          return;
        case 'preview-failed': {
          const { path, ...error } = message.error;
          const problem = fromErrorDocument(path === undefined ? error : { ...error, path });
          waiting.get(message.id)?.reject(problem);
          waiting.delete(message.id);
          return;
        }
        case 'data':
        case 'prepared':
        case 'points':
        case 'progress':
        case 'evaluation':
        case 'checkpoint':
        case 'kept':
        case 'mistakes':
        case 'probed':
        case 'predictions':
          throw failure('trainer-message', `The preview's trainer sent a ${message.kind}.`);
      }
    };
    const work = async (): Promise<void> => {
      tell({ kind: 'preparing', progress: { message: 'Starting TensorFlow' } });
      const runtime = await parts.ensureRuntime({
        onProgress: ({ message, fraction }) => {
          const shown = { message, ...(fraction === undefined ? {} : { fraction }) };
          tell({ kind: 'preparing', progress: shown });
        },
        signal: stop.signal,
      });
      const environment = environmentFor(
        runtime,
        parts.env,
        { kind: 'cpu' },
        { intraOpThreads: 1, interOpThreads: 1 },
      );
      await superviseTrainer({
        ...{ launcher: parts.launcher, runtime: placeOf(runtime), environment },
        job: { kind: 'preview', cacheFolder: parts.library.cacheFolder },
        ...{ onMessage, graceMs, stop: stop.signal, abandon: abandon.signal },
      });
    };
    const lose = (problem: Error): void => {
      beginning.reject(problem);
      for (const answer of waiting.values()) answer.reject(problem);
      if (session?.waiting === waiting) {
        session = undefined;
        tell({ kind: 'died', message: problem.message });
      }
    };
    const over = work().then(
      () => lose(ended()),
      (error: unknown) => lose(stop.signal.aborted ? ended() : whyItDied(error)),
    );
    return { ready: beginning.promise, stop, abandon, over, waiting };
  };

  const ask = async (request: Omit<PreviewRequest, 'id'>): Promise<Made> => {
    if (isClosed) throw ended();
    clearTimeout(rest);
    const asked = (session ??= start());
    try {
      const send = await asked.ready;
      const id = nextId++;
      const answer = promised<Made>();
      asked.waiting.set(id, answer);
      send({ kind: 'preview', request: { ...request, id } });
      return await answer.promise;
    } finally {
      if (session === asked) endLater(watchers.size === 0 ? Math.min(leftMs, idleMs) : idleMs);
    }
  };

  return {
    handlers: {
      'datasets.augmented': async (
        { images, rounds, seed, choice, augmentation, normalization, fingerprint, ...options },
        { signal },
      ): Promise<Pick<Tiles, 'shape' | 'count' | 'pixels'>> => {
        const request = {
          ...{ data: DataSpec.parse(options), augmentation, normalization },
          ...{ seed, choice, images, rounds },
          ...(fingerprint === undefined ? {} : { fingerprint }),
        };
        const { shape, pixels } = await turns.submit({
          id: `preview ${nextTurn++}`,
          kind: 'preview',
          signal,
          work: () => ask(request),
        });
        return { shape, count: (1 + rounds) * images, pixels };
      },
      'datasets.previewing': async (_, { signal, emit }) => {
        watchers.add(emit);
        if (state !== undefined) void emit(state, { latest: 'state' });
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        watchers.delete(emit);
        if (watchers.size === 0 && session !== undefined) endLater(leftMs);
      },
    },
    rest: () => {
      if (!turns.isBusy) end();
    },
    close: async () => {
      isClosed = true;
      const { over } = session ?? {};
      end();
      await over;
    },
  };
}

function promised<T>(): Promised<T> {
  let resolve: Promised<T>['resolve'] | undefined;
  let reject: Promised<T>['reject'] | undefined;
  const promise = new Promise<T>((fulfil, fail) => {
    [resolve, reject] = [fulfil, fail];
  });
  promise.catch(() => undefined);
  if (resolve === undefined || reject === undefined) throw new Error('No promise was made.');
  return { promise, resolve, reject };
}

function ended(): Error {
  return failure('preview-ended', 'The preview was ended.');
}

/** The supervisor's sentence is about runs: of it only what the trainer said is of use here. */
function whyItDied(error: unknown): Error {
  if (!(error instanceof AppError) || error.code !== 'trainer-died') {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
  const { signal } = error.details;
  const how = typeof signal === 'string' ? ` by ${signal}` : '';
  return failure(
    'preview-died',
    `The process that makes the previews was ended${how}; the next change starts another.`,
    { details: error.details, cause: error },
  );
}
