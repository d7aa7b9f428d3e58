// One job that waits for a device or has one: its state, the signals its work hears, and what becomes of
// it. Knows no order and no other jobs.
import { failure, inputError, type AppError } from '../../../shared/errors.ts';
import type { TrainerDevice } from '../../runtime/load-environment.ts';
import {
  hasEnded,
  holdsDevice,
  nextState,
  type JobEvent,
  type JobRequestKind,
  type JobState,
} from './job-states.ts';

/**
 * Where work is done, one job at a time: each GPU that the user lets us see, the CPU as a whole, or several GPUs for
 * a run that names them.
 */
export interface Place {
  /** `cpu`, `cuda:GPU` or `cuda:GPU,GPU`, as it is written into the library's queue. */
  readonly name: string;
  /** Undefined: the first that the environment allows. */
  readonly device: TrainerDevice | undefined;
}

/** The names of the places that one of this name takes up. */
export function placesIn(name: string): readonly string[] {
  const gpus = /^cuda:(.*)$/.exec(name)?.[1];
  return gpus === undefined ? [name] : gpus.split(',').map((gpu) => `cuda:${gpu}`);
}

/** What a job's work is given when its turn comes. */
export interface Turn {
  readonly place: Place;
  /** Fires when the work is to save what it has and end. */
  readonly stop: AbortSignal;
  /** Fires when it is to end at once. */
  readonly abandon: AbortSignal;
  /** `running`, or which end was asked of it. */
  readonly state: () => JobState;
  /** Tells which process does the work. */
  readonly launched: (trainer: { readonly pid: number | undefined }) => void;
}

export type JobKind = 'training' | 'mistakes' | 'preview' | 'probe' | 'export' | 'inference';

/**
 * `urgent`: somebody looks at an empty screen. `normal`: before the runs that wait in the library.
 * `background`: when no run waits.
 */
export type Priority = 'urgent' | 'normal' | 'background';

export interface JobRequest<T> {
  /** Of a training the run's id. Whoever submits an id that is here already gets the same result. */
  readonly id: string;
  readonly kind: JobKind;
  /** For messages. */
  readonly name?: string;
  readonly priority?: Priority;
  /** Jobs and runs that come first. */
  readonly after?: readonly string[];
  /** Whether those must have finished well; else it is enough that they have ended. */
  readonly needs?: 'finished' | 'ended';
  /** Jobs and runs of one group are paused, resumed and cancelled as one. */
  readonly group?: string | undefined;
  /** Cancels it. */
  readonly signal?: AbortSignal | undefined;
  /** If it rejects while it is being paused, it is begun anew when it is resumed. */
  readonly work: (turn: Turn) => Promise<T>;
}

export class Job {
  readonly request: JobRequest<unknown>;
  /** What becomes of it is kept elsewhere. */
  readonly isOfBacklog: boolean;
  /** What it still waits for besides a device. */
  readonly awaited: Set<string>;
  readonly result: Promise<unknown>;
  #state: JobState = 'waiting';
  #stop = new AbortController();
  #abandon = new AbortController();
  #place: Place | undefined;
  #trainer: { readonly pid: number | undefined } | undefined;
  #resolve: (value: unknown) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(request: JobRequest<unknown>, { isOfBacklog = false } = {}) {
    this.request = request;
    this.isOfBacklog = isOfBacklog;
    this.awaited = new Set(request.after);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get state(): JobState {
    return this.#state;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  get pid(): number | undefined {
    return this.#trainer?.pid;
  }

  /** @throws inputError `run-not-active` or `job-not-active` where that can't be asked of it */
  ask(event: JobRequestKind): void {
    const { id, name = id, kind } = this.request;
    if (nextState(this.#state, event) === undefined) {
      throw notActive(kind === 'training' ? 'run' : 'job', { id, name, state: this.#state }, event);
    }
    this.#move(event);
    if (this.#state === 'cancelling') this.#abandon.abort();
    else if (holdsDevice(this.#state)) this.#stop.abort();
    else if (this.#state === 'stopped') this.#reject(cancelledEarly());
  }

  /** The process ends: what runs is to save itself, what waits is let go. */
  close(): void {
    if (hasEnded(this.#state)) return;
    if (holdsDevice(this.#state)) {
      this.#move('close');
      this.#stop.abort();
    } else {
      this.#move('cancel');
      this.#reject(cancelledEarly());
    }
  }

  abandon(): void {
    this.#abandon.abort();
  }

  /** It can't be done; it has not begun. */
  fail(error: unknown): void {
    this.#move('fail');
    this.#reject(error);
  }

  /** Resolves when the work has ended, however it did; that is in `state` and `result`. */
  async run(place: Place): Promise<void> {
    this.#move('start');
    this.#place = place;
    this.#stop = new AbortController();
    this.#abandon = new AbortController();
    this.#trainer = undefined;
    try {
      // In a turn of its own, so that whoever started it is done first.
      await Promise.resolve();
      const value = await this.request.work({
        place,
        stop: this.#stop.signal,
        abandon: this.#abandon.signal,
        state: () => this.#state,
        launched: (trainer) => (this.#trainer = trainer),
      });
      this.#move('finish');
      this.#resolve(value);
    } catch (error) {
      this.#move(nextState(this.#state, 'halt') === undefined ? 'fail' : 'halt');
      if (this.#state !== 'paused') this.#reject(error);
    } finally {
      this.#place = undefined;
    }
  }

  #move(event: JobEvent): void {
    const next = nextState(this.#state, event);
    if (next === undefined) throw new Error(`A job that is ${this.#state} can't ${event}.`);
    this.#state = next;
  }
}

export function notActive(
  noun: 'run' | 'job',
  { id, name, state }: { readonly id: string; readonly name: string; readonly state: string },
  event: JobRequestKind,
): AppError {
  return inputError(
    `${noun}-not-active`,
    `The ${noun} ${name} is ${state}; there is nothing to ${event}.`,
    { details: { id, status: state } },
  );
}

function cancelledEarly(): AppError {
  return failure('cancelled', 'It was stopped before its turn came.');
}
