// A trainer that stays for a while after it was asked something: TensorFlow takes seconds to start, an answer
// then a fraction of one. For questions of somebody who looks; never on a GPU, since a training goes first.
import { AppError, failure, messageOf } from '../../shared/errors.ts';
import type { TrainerContract } from '../../shared/contract/trainer.ts';
import type { TrainerNotice } from '../../shared/contract/app/common.ts';
import type { Emit, GivenInput, Output } from '../../shared/rpc/contract-types.ts';
import type { TrainerSettings } from '../runtime/load-environment.ts';
import type { HostParts } from './host-parts.ts';
import type { JobKind } from './scheduling/job.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import { environmentFor, placeOf } from './trainer-settings.ts';
import { Trainer, type TrainerJob } from './trainer-supervisor.ts';

export interface WarmTrainerTimes {
  /** A trainer that was not asked anything for so long is ended. */
  readonly idleMs?: number;
  /** As long after the last page has left: it may only have gone to another tab. */
  readonly leftMs?: number;
  /** How long it may take to end. */
  readonly graceMs?: number;
}

export interface WarmTrainerOptions extends WarmTrainerTimes {
  readonly parts: HostParts;
  readonly kind: JobKind;
  readonly threads?: TrainerSettings;
  /** Codes of its errors begin with this: `preview-ended`, `preview-died`. */
  readonly code: string;
  /** What the process is for, as a part of a sentence: `makes the previews`. */
  readonly purpose: string;
  /** What starts another: `change`. */
  readonly request: string;
}

export interface Asking {
  readonly signal: AbortSignal;
  readonly onProgress?: (message: string, fraction: number | undefined) => void;
}

interface Session {
  readonly trainer: Promise<Trainer>;
  /** Fires when it is ended from here. */
  readonly stop: AbortController;
}

export class WarmTrainer {
  readonly #options: WarmTrainerOptions;
  readonly #times: Required<WarmTrainerTimes>;
  /** One at a time, so that what is no longer wanted has not been sent yet. */
  readonly #turns: Scheduler;
  readonly #watchers = new Set<Emit<TrainerNotice>>();
  #requests = 0;
  #session: Session | undefined;
  #state: TrainerNotice | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: WarmTrainerOptions) {
    this.#options = options;
    const { idleMs = 60_000, leftMs = 3_000, graceMs = 2_000 } = options;
    this.#times = { idleMs, leftMs, graceMs };
    this.#turns = new Scheduler({
      findPlaces: () => Promise.resolve([{ name: options.code, device: { kind: 'cpu' } }]),
      onError: (error) => {
        throw error;
      },
    });
  }

  /**
   * Starts the trainer if there is none. A request whose signal fires before its turn is never sent; afterwards
   * the job is asked to end.
   * @throws what the job threw; `CODE-died`, `CODE-ended`; `cancelled` if it was never sent
   */
  ask<N extends TrainerJob>(
    job: N,
    input: GivenInput<TrainerContract[N]>['job'],
    asking: Asking,
  ): Promise<Output<TrainerContract[N]>> {
    const { code, kind } = this.#options;
    return this.#turns.submit({
      id: `${code} ${this.#requests++}`,
      kind,
      signal: asking.signal,
      work: () => this.#ask(job, input, asking),
    });
  }

  /** Tells a page how far the trainer is, and of its end if that was unasked, for as long as the page looks. */
  async watch(signal: AbortSignal, emit: Emit<TrainerNotice>): Promise<void> {
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
  }

  /** Ends a trainer that nobody waits for; the next request starts another. */
  rest(): void {
    if (!this.#turns.isBusy) void this.#end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #ask<N extends TrainerJob>(
    job: N,
    input: GivenInput<TrainerContract[N]>['job'],
    { signal, onProgress }: Asking,
  ): Promise<Output<TrainerContract[N]>> {
    if (this.#isClosed) throw this.#ended();
    clearTimeout(this.#idle);
    const session = (this.#session ??= this.#start());
    let isStarted = false;
    try {
      const trainer = await session.trainer;
      isStarted = true;
      const result = await trainer.perform({
        job,
        input,
        stop: signal,
        onEvent: (event) => {
          if (event.kind !== 'preparing') return;
          this.#tellPreparing(event.message, event.fraction);
          onProgress?.(event.message, event.fraction);
        },
      });
      this.#tell({ kind: 'ready' });
      return result;
    } catch (error) {
      if (session.stop.signal.aborted) throw this.#ended();
      if (error instanceof AppError && error.code === 'trainer-died') this.#lose(session, error);
      else if (isStarted && this.#session === session) this.#tell({ kind: 'ready' });
      throw this.#whyItDied(error);
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
    const { parts, threads } = this.#options;
    const { ensureRuntime, env, launcher } = parts;
    this.#tellPreparing('Starting TensorFlow', undefined);
    const runtime = await ensureRuntime({
      onProgress: ({ message, fraction }) => this.#tellPreparing(message, fraction),
      signal,
    });
    return new Trainer({
      launcher,
      runtime: placeOf(runtime),
      environment: environmentFor(runtime, env, { kind: 'cpu' }, threads),
      graceMs: this.#times.graceMs,
    });
  }

  /** It ended, and nobody here wanted that. */
  #lose(session: Session, error: unknown): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    void closeTrainer(session);
    this.#tell({ kind: 'died', message: this.#whyItDied(error).message });
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

  #tell(notice: TrainerNotice): void {
    this.#state = notice.kind === 'died' ? undefined : notice;
    for (const emit of this.#watchers) void emit(notice, { latest: 'state' });
  }

  #ended(): AppError {
    const { code, purpose } = this.#options;
    return failure(`${code}-ended`, `The process that ${purpose} was ended.`);
  }

  /** The supervisor's sentence is about runs: of it only what the trainer said is of use here. */
  #whyItDied(error: unknown): Error {
    if (!(error instanceof AppError) || error.code !== 'trainer-died') {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
    const { code, purpose, request } = this.#options;
    const { signal } = error.details;
    const how = typeof signal === 'string' ? ` by ${signal}` : '';
    return failure(
      `${code}-died`,
      `The process that ${purpose} was ended${how}; the next ${request} starts another.`,
      { details: error.details, cause: error },
    );
  }
}

async function closeTrainer({ trainer }: Session): Promise<void> {
  await trainer.then(
    (one) => one.close(),
    // It never began.
    () => undefined,
  );
}
