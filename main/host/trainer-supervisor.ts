// Sees a trainer process through its jobs: starts it, hears what it tells, and turns however it ends into an
// answer or a sentence. Knows no runs and no store.
import fs from 'node:fs';
import { failure, messageOf, type AppError } from '../../shared/errors.ts';
import {
  TRAINER_LIMIT_BYTES,
  TRAINER_VERSION,
  trainerContract,
  type RuntimePlace,
  type TrainerContract,
  type TrainEvent,
} from '../../shared/contract/trainer.ts';
import { formatDuration } from '../../shared/format.ts';
import { createClient, type Client } from '../../shared/rpc/client.ts';
import type { Event, GivenInput, JobName, Output } from '../../shared/rpc/contract-types.ts';
import { isGone, isOfConnection } from '../../shared/rpc/error-sentences.ts';
import {
  watchTrainer,
  type Silence,
  type SilenceLimits,
  type TrainerWatch,
} from './trainer-watch.ts';
import { createLastWords } from './last-words.ts';
import { explainNativeCrash } from './native-crash.ts';
import type {
  Environment,
  TrainerExit,
  TrainerHandle,
  TrainerLauncher,
} from './trainer-launcher.ts';

export type TrainerJob = JobName<TrainerContract>;

export interface TrainerOptions {
  readonly launcher: TrainerLauncher;
  readonly runtime: RuntimePlace;
  readonly environment: Environment;
  /** Everything the trainer prints is appended here. */
  readonly logFile?: string | undefined;
  /** The process has been asked for; its id may come a moment later. */
  readonly onLaunch?: ((trainer: Pick<TrainerHandle, 'pid'>) => void) | undefined;
  /** Ends the trainer at once. */
  readonly abandon?: AbortSignal | undefined;
  /** How long it may say nothing; not watched without it. */
  readonly silence?: SilenceLimits | undefined;
  /** How long a trainer that has done its work, or was asked to end, may take to go. */
  readonly graceMs?: number | undefined;
}

export interface JobOptions<N extends TrainerJob> {
  readonly job: N;
  readonly input: GivenInput<TrainerContract[N]>['job'];
  /** Called in order. If it throws, the trainer is ended and the job fails with that. */
  readonly onEvent: (event: Exclude<Event<TrainerContract[N]>, { kind: 'alive' }>) => void;
  /** Asks the trainer to save what it has and end; its answer still counts. */
  readonly stop?: AbortSignal | undefined;
}

const defaultGraceMs = 5_000;

/**
 * One job in a trainer of its own.
 * @throws what the job threw; `trainer-died`, `trainer-hung`, `trainer-abandoned`, `trainer-message`; or what
 * `onEvent` threw
 */
export async function superviseTrainer<N extends TrainerJob>(
  options: TrainerOptions & JobOptions<N>,
): Promise<Output<TrainerContract[N]>> {
  const trainer = new Trainer(options);
  try {
    return await trainer.perform(options);
  } finally {
    await trainer.close();
  }
}

/** A trainer process. Whoever makes one closes it. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #handle: TrainerHandle;
  readonly #client: Client<TrainerContract>;
  readonly #lastWords = createLastWords();
  readonly #log: ReturnType<typeof openLog>;
  readonly #watch: TrainerWatch | undefined;
  readonly #onAbandon = (): void => this.#end(abandoned());
  /** Why it is being ended; that is then the answer to whatever it was asked. */
  #problem: Error | undefined;
  #lastKill: NodeJS.Timeout | undefined;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#log = openLog(options.logFile);
    this.#handle = options.launcher.launch(options.environment);
    options.onLaunch?.(this.#handle);
    this.#handle.onOutput((text) => {
      this.#lastWords.add(text);
      this.#log?.write(text);
    });
    this.#client = createClient(trainerContract, this.#handle.wire, {
      version: TRAINER_VERSION,
      limitBytes: TRAINER_LIMIT_BYTES,
    });
    this.#watch =
      options.silence && watchTrainer(options.silence, (silence) => this.#end(hung(silence)));
    options.abandon?.addEventListener('abort', this.#onAbandon);
    if (options.abandon?.aborted === true) this.#onAbandon();
  }

  /** Resolves when the process has ended by itself, with why; rejects if it could not be started. */
  get died(): Promise<Error> {
    return this.#handle.ended.then((exit) => this.#problem ?? died(exit, this.#lastWords.lines()));
  }

  async perform<N extends TrainerJob>({
    job,
    input,
    onEvent,
    stop,
  }: JobOptions<N>): Promise<Output<TrainerContract[N]>> {
    const request = { runtime: this.#options.runtime, job: input };
    try {
      const output = await this.#client.perform(job, request as GivenInput<TrainerContract[N]>, {
        signal: stop,
        onEvent: (event) => this.#hear(event, onEvent as (event: TrainEvent) => void),
      });
      if (this.#problem !== undefined) throw this.#problem;
      return output;
    } catch (error) {
      if (!isOfConnection(error)) throw this.#problem ?? error;
      // The other end is gone: how and why is known once the process has ended.
      if (isGone(error)) throw await this.died;
      this.#end(unreadable(error));
      throw await this.died;
    }
  }

  /** Asks it to go, and makes sure that it does. Resolves when the process has ended; never rejects. */
  async close(): Promise<void> {
    this.#client.close();
    // TensorFlow's own threads must not keep it.
    this.#lastKill ??= this.#killLater();
    await this.#handle.ended.catch(() => undefined);
    clearTimeout(this.#lastKill);
    this.#watch?.close();
    this.#options.abandon?.removeEventListener('abort', this.#onAbandon);
    this.#log?.close();
  }

  /** Does not return what is not to be acknowledged. */
  #hear(event: TrainEvent, onEvent: (event: TrainEvent) => void): void | Promise<void> {
    if (this.#problem !== undefined) return never;
    this.#watch?.onMessage(event.kind === 'points' || event.kind === 'progress');
    if (event.kind === 'alive') return;
    try {
      onEvent(event);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(messageOf(error)));
      return never;
    }
  }

  #end(problem: Error): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#handle.kill('SIGTERM');
    this.#lastKill ??= this.#killLater();
  }

  #killLater(): NodeJS.Timeout {
    return setTimeout(() => this.#handle.kill('SIGKILL'), this.#options.graceMs ?? defaultGraceMs);
  }
}

/** An event that could not be dealt with is never acknowledged. */
const never = new Promise<void>(() => undefined);

function openLog(file: string | undefined) {
  if (file === undefined) return undefined;
  const descriptor = fs.openSync(file, 'a');
  return {
    write: (text: string) => {
      try {
        fs.writeSync(descriptor, text);
      } catch {
        // A full disk must not end a training over its log; the store reports it where it matters.
      }
    },
    close: () => {
      fs.closeSync(descriptor);
    },
  };
}

function abandoned(): Error {
  return failure(
    'trainer-abandoned',
    'The trainer was ended at once, as asked; what it did since its last checkpoint is lost.',
  );
}

function hung({ silentMs, longestMs }: Silence): Error {
  const before =
    longestMs === undefined
      ? 'it had not ended its first step'
      : `the longest pause before was ${formatDuration(longestMs)}`;
  return failure(
    'trainer-hung',
    `The trainer gave no sign of life for ${formatDuration(silentMs)} (${before}), so it was ended. A call of TensorFlow did not return, or the process was halted from outside. Resume the run: it goes on from its last checkpoint. If it hangs again, try another batch size; \`resnet-lab doctor\` names known faults.`,
    { details: { silentMs: Math.round(silentMs), longestMs: longestMs ?? null } },
  );
}

function unreadable(error: AppError): Error {
  return failure(
    'trainer-message',
    `The trainer and this program do not understand each other (${error.code}). Please report this.`,
    { details: { problem: error.message }, cause: error },
  );
}

function died({ code, signal }: TrainerExit, words: readonly string[]): Error {
  const details = { code, signal, lastWords: words };
  const lastLine = lastSentence(words);
  if (signal === 'SIGKILL') {
    const lastWords = lastLine === undefined ? '' : ` Its last words: ${lastLine}`;
    return failure(
      'trainer-died',
      'The trainer was killed from outside, most often because the machine ran out of memory. ' +
        `Try a smaller batch, or close other programs, and resume the run.${lastWords}`,
      { details },
    );
  }
  const crash = explainNativeCrash(signal, words);
  if (crash !== undefined) {
    const lastWords = lastLine === undefined ? '' : ` Its last words: ${lastLine}`;
    return failure('trainer-died', `${crash}${lastWords}`, { details });
  }
  const how = signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`;
  const lastWords = lastLine === undefined ? 'It said nothing.' : `Its last words: ${lastLine}`;
  return failure('trainer-died', `The trainer ended unexpectedly ${how}. ${lastWords}`, {
    details,
  });
}

/** The line that says most: an error if there is one, not the stack below it. */
function lastSentence(words: readonly string[]): string | undefined {
  const isError = (line: string): boolean => /error|fatal|abort|terminate|check failed/i.test(line);
  const isStack = (line: string): boolean => /^\s+at |^Node\.js v|^\s*[{}\]]/.test(line);
  const plain = words.filter((line) => !isStack(line));
  return plain.findLast(isError) ?? plain.at(-1);
}
