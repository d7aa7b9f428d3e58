// Previews of augmentation, computed by a trainer that stays for a while: TensorFlow takes seconds to
// start, a preview then a fraction of one. One thread, low priority, no GPU: a training goes first.
import type { AppContract } from '../../../shared/contract/app/index.ts';
import type { PreviewJob, PreviewResult } from '../../../shared/contract/trainer.ts';
import { AppError, failure, messageOf } from '../../../shared/errors.ts';
import type { Emit, Event } from '../../../shared/rpc/contract-types.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import type { HostParts } from '../host-parts.ts';
import { Scheduler } from '../scheduling/scheduler.ts';
import { environmentFor, placeOf } from '../trainer-settings.ts';
import { Trainer } from '../trainer-supervisor.ts';
import type { AppHandlers } from './handlers.ts';

export type PreviewHandlers = Pick<AppHandlers, 'datasets.augmented' | 'datasets.previewing'>;

export interface AugmentPreviewOptions {
  /** A trainer that was not asked anything for so long is ended. */
  readonly idleMs?: number;
  /** As long after the last page has left: it may only have gone to another tab. */
  readonly leftMs?: number;
  /** How long it may take to end. */
  readonly graceMs?: number;
}

type Notice = Event<AppContract['datasets.previewing']>;

interface Session {
  readonly trainer: Promise<Trainer>;
  /** Fires when it is ended from here. */
  readonly stop: AbortController;
}

export class AugmentPreview {
  readonly #parts: HostParts;
  readonly #times: Required<AugmentPreviewOptions>;
  /** One at a time, so that what is no longer wanted has not been sent yet. */
  readonly #turns = new Scheduler({
    findPlaces: () => Promise.resolve([{ name: 'preview', device: { kind: 'cpu' } }]),
    onError: (error) => {
      throw error;
    },
  });
  readonly #watchers = new Set<Emit<Notice>>();
  #requests = 0;
  #session: Session | undefined;
  #state: Notice | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    parts: HostParts,
    { idleMs = 60_000, leftMs = 3_000, graceMs = 2_000 }: AugmentPreviewOptions = {},
  ) {
    this.#parts = parts;
    this.#times = { idleMs, leftMs, graceMs };
  }

  readonly handlers: PreviewHandlers = {
    'datasets.augmented': async (
      { images, rounds, seed, choice, augmentation, normalization, fingerprint, ...options },
      { signal },
    ) => {
      const job: PreviewJob = {
        cacheFolder: this.#parts.library.cacheFolder,
        data: DataSpec.parse(options),
        augmentation,
        normalization,
        seed,
        choice,
        images,
        rounds,
        ...(fingerprint === undefined ? {} : { fingerprint }),
      };
      const { shape, pixels } = await this.#turns.submit({
        id: `preview ${this.#requests++}`,
        kind: 'preview',
        signal,
        work: () => this.#ask(job),
      });
      return { shape, count: (1 + rounds) * images, pixels };
    },
    'datasets.previewing': async (_, { signal, emit }) => {
      this.#watchers.add(emit);
      if (this.#state !== undefined) void emit(this.#state, { latest: 'state' });
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#watchers.delete(emit);
      if (this.#watchers.size === 0 && this.#session !== undefined) {
        this.#endLater(this.#times.leftMs);
      }
    },
  };

  /** Ends a trainer that nobody waits for; the next request starts another. */
  rest(): void {
    if (!this.#turns.isBusy) void this.#end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #ask(job: PreviewJob): Promise<PreviewResult> {
    if (this.#isClosed) throw ended();
    clearTimeout(this.#idle);
    const session = (this.#session ??= this.#start());
    try {
      const trainer = await session.trainer;
      const result = await trainer.perform({
        job: 'preview',
        input: job,
        onEvent: ({ message, fraction }) => this.#tellPreparing(message, fraction),
      });
      this.#tell({ kind: 'ready' });
      return result;
    } catch (error) {
      if (session.stop.signal.aborted) throw ended();
      if (error instanceof AppError && error.code === 'trainer-died') this.#lose(session, error);
      throw whyItDied(error);
    } finally {
      const { leftMs, idleMs } = this.#times;
      if (this.#session === session) {
        this.#endLater(this.#watchers.size === 0 ? Math.min(leftMs, idleMs) : idleMs);
      }
    }
  }

  #start(): Session {
    const stop = new AbortController();
    const session: Session = { trainer: this.#launch(stop.signal), stop };
    void session.trainer
      .then((trainer) => trainer.died)
      .catch((error: unknown) => error)
      .then((error) => this.#lose(session, error));
    return session;
  }

  async #launch(signal: AbortSignal): Promise<Trainer> {
    const { ensureRuntime, env, launcher } = this.#parts;
    this.#tellPreparing('Starting TensorFlow', undefined);
    const runtime = await ensureRuntime({
      onProgress: ({ message, fraction }) => this.#tellPreparing(message, fraction),
      signal,
    });
    return new Trainer({
      launcher,
      runtime: placeOf(runtime),
      environment: environmentFor(
        runtime,
        env,
        { kind: 'cpu' },
        { intraOpThreads: 1, interOpThreads: 1 },
      ),
      graceMs: this.#times.graceMs,
    });
  }

  /** It ended, and nobody here wanted that. */
  #lose(session: Session, error: unknown): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    void closeTrainer(session);
    this.#tell({ kind: 'died', message: whyItDied(error).message });
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    this.#state = undefined;
    session.stop.abort();
    await closeTrainer(session);
  }

  #endLater(delayMs: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.rest(), delayMs);
    this.#idle.unref();
  }

  #tellPreparing(message: string, fraction: number | undefined): void {
    const progress = { message, ...(fraction === undefined ? {} : { fraction }) };
    this.#tell({ kind: 'preparing', progress });
  }

  #tell(notice: Notice): void {
    this.#state = notice.kind === 'died' ? undefined : notice;
    for (const emit of this.#watchers) void emit(notice, { latest: 'state' });
  }
}

async function closeTrainer({ trainer }: Session): Promise<void> {
  await trainer.then(
    (one) => one.close(),
    // It never began.
    () => undefined,
  );
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
