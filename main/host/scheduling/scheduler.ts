// Gives devices to jobs, one at a time each: trainings of the library's queue, a command line's own, and
// short work between them. Decides the order, what waits for what, and what becomes of a job that is
// paused, stopped, cancelled or resumed. Knows no library and no page: runs that wait in a library are
// handed to it by a backlog (run-backlog.ts).
import { failure, type AppError } from '../../../shared/errors.ts';
import { onEach, type Refusal } from './on-each.ts';
import { Job, notActive, placesIn, type JobKind, type JobRequest, type Place } from './job.ts';
import {
  hasEnded,
  holdsDevice,
  nextState,
  type JobRequestKind,
  type JobState,
} from './job-states.ts';

/** Jobs that wait outside this process and may be shared with others. */
export interface Backlog {
  /** The first that waits; undefined if none does. */
  first(): string | undefined;
  /** Names of the places that others use. */
  busyPlaces(places: readonly Place[]): ReadonlySet<string>;
  /** Claims the next that can be done on free places, and says on which; undefined if there is none. */
  take(free: readonly Place[], places: readonly Place[]): Taken | undefined;
  /** Undefined: there is no such job. */
  stateOf(id: string): JobState | undefined;
  nameOf(id: string): string;
  /** Those of a group that have not ended. */
  idsOf(group: string): readonly string[];
  /** Of a job that does not run here. @throws inputError if there is nothing to do about it */
  ask(id: string, event: Exclude<JobRequestKind, 'resume'>): void;
  /** Back into the order, at the front. */
  resume(ids: readonly string[]): readonly Refusal[];
  /** No device can be had: that is how this job ends. */
  fail(id: string, error: unknown): void;
  /** Takes notice of other processes; what they ask of jobs that run here. */
  look(runsHere: (id: string) => boolean): Iterable<readonly [id: string, event: JobRequestKind]>;
  /** Nothing runs here any more. */
  close(): void;
}

/** A job of a backlog and where it is done: on a free place, or on several together. */
export interface Taken {
  readonly request: JobRequest<unknown>;
  readonly place: Place;
}

export interface SchedulerOptions {
  /** Finds the devices, which may have to be made ready. Asked again after a failure. */
  readonly findPlaces: (
    first: string | undefined,
    signal: AbortSignal,
  ) => Promise<readonly Place[]>;
  readonly backlog?: Backlog;
  /** A job began, ended or was asked for something. */
  readonly onChange?: () => void;
  /** What went wrong while nobody waits for an answer. */
  readonly onError: (error: unknown) => void;
}

/** Several by their ids, or all of a group. */
export type Selection = readonly string[] | { readonly group: string };

export interface ActiveJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly pid: number | undefined;
  readonly place: Place;
}

/** `blocked`: there was no device to be had; nothing starts until somebody asks for something. */
type DeviceState = 'unknown' | 'ready' | 'blocked' | 'closed';

const closeGraceMs = 60_000;
const rank = { urgent: 0, normal: 1, background: 2 } as const;

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** In the order of asking. Of a backlog only what runs here. */
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Promise<void>>();
  readonly #lifetime = new AbortController();
  #devices: DeviceState = 'unknown';
  #places: readonly Place[] = [];
  #isDispatching = false;
  #mustDispatchAgain = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Rejects with what the work threw; with `cancelled` if it never began. */
  submit<T>(request: JobRequest<T>): Promise<T> {
    const known = this.#here(request.id);
    if (known !== undefined) return known.result as Promise<T>;
    if (this.#devices === 'closed') return Promise.reject(closed());
    for (const id of request.after ?? []) {
      if (this.#stateOf(id) === undefined) return Promise.reject(neededIsGone(request.id, id));
    }
    const job = this.#add(new Job(request));
    const cancel = (): void => {
      if (!hasEnded(job.state)) this.cancel([request.id]);
    };
    request.signal?.addEventListener('abort', cancel, { once: true });
    if (request.signal?.aborted === true) cancel();
    this.dispatch();
    return job.result as Promise<T>;
  }

  /** These return the jobs that refused, and why; the others do what was asked. */
  pause(selection: Selection): Refusal[] {
    return this.#ask(selection, 'pause');
  }

  stop(selection: Selection): Refusal[] {
    return this.#ask(selection, 'stop');
  }

  cancel(selection: Selection): Refusal[] {
    return this.#ask(selection, 'cancel');
  }

  /** Back into the order: what was paused, and of a backlog what has failed or was stopped, at the front. */
  resume(selection: Selection): Refusal[] {
    const { backlog } = this.#options;
    const ids = this.#idsOf(selection, 'resume');
    const elsewhere = ids.filter((id) => !this.has(id) && backlog !== undefined);
    const here = ids.filter((id) => !elsewhere.includes(id));
    const refused = [
      ...onEach(
        here,
        (id) => this.#nameOf(id),
        (id) => this.#get(id, 'resume').ask('resume'),
      ),
      ...(elsewhere.length === 0 ? [] : (backlog?.resume(elsewhere) ?? [])),
    ];
    this.#options.onChange?.();
    this.dispatch();
    return refused;
  }

  /** Takes notice of what others have changed, and starts what can be started. */
  look(): void {
    if (this.#devices === 'closed') return;
    const asked = this.#options.backlog?.look((id) => this.isRunning(id)) ?? [];
    for (const [id, event] of asked) this.#jobs.get(id)?.ask(event);
    this.#dispatch();
  }

  /** Starts what can be started; devices that could not be had are looked for again. */
  dispatch(): void {
    if (this.#devices === 'blocked') this.#devices = 'unknown';
    this.#dispatch();
  }

  /** It waits or runs here, or is paused. */
  has(id: string): boolean {
    return this.#here(id) !== undefined;
  }

  isRunning(id: string): boolean {
    const job = this.#jobs.get(id);
    return job !== undefined && holdsDevice(job.state);
  }

  get isBusy(): boolean {
    return this.#jobs.size > 0;
  }

  get active(): readonly ActiveJob[] {
    return [...this.#jobs.values()].flatMap(({ place, request: { id, kind }, pid }) =>
      place === undefined ? [] : [{ id, kind, place, pid }],
    );
  }

  /** What runs may save itself for so long; it is to go on when the next process begins. */
  async close(graceMs = closeGraceMs): Promise<void> {
    this.#devices = 'closed';
    this.#lifetime.abort();
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.close();
    const timer = setTimeout(() => jobs.forEach((job) => job.abandon()), graceMs);
    await Promise.all(this.#running);
    clearTimeout(timer);
    this.#options.backlog?.close();
  }

  #add(job: Job): Job {
    const { id } = job.request;
    this.#jobs.set(id, job);
    const ended = (): void => {
      if (this.#jobs.get(id) === job) this.#jobs.delete(id);
      // How a job of the backlog ended, the backlog knows.
      if (!job.isOfBacklog) this.#tellWhoWaitsFor(job);
    };
    job.result.then(ended, ended);
    return job;
  }

  #here(id: string): Job | undefined {
    const job = this.#jobs.get(id);
    return job === undefined || hasEnded(job.state) ? undefined : job;
  }

  #ask(selection: Selection, event: Exclude<JobRequestKind, 'resume'>): Refusal[] {
    const refused = onEach(
      this.#idsOf(selection, event),
      (id) => this.#nameOf(id),
      (id) => {
        const { backlog } = this.#options;
        // What runs here hears it whatever state the backlog is in.
        if (this.has(id) || backlog === undefined) this.#get(id, event).ask(event);
        else backlog.ask(id, event);
      },
    );
    this.#options.onChange?.();
    this.#dispatch();
    return refused;
  }

  /** @throws inputError `job-not-active` */
  #get(id: string, event: JobRequestKind): Job {
    const job = this.#here(id);
    if (job === undefined) throw notActive('job', { id, name: id, state: 'not here' }, event);
    return job;
  }

  /** Of a group those to which the event means something. */
  #idsOf(selection: Selection, event: JobRequestKind): readonly string[] {
    if (!('group' in selection)) return selection;
    const { group } = selection;
    const here = [...this.#jobs.values()].filter(({ request }) => request.group === group);
    const elsewhere = this.#options.backlog?.idsOf(group) ?? [];
    return [...new Set([...here.map(({ request }) => request.id), ...elsewhere])].filter((id) => {
      const state = this.#stateOf(id) ?? 'finished';
      return event === 'resume' ? state === 'paused' : nextState(state, event) !== undefined;
    });
  }

  #nameOf(id: string): string {
    return this.#jobs.get(id)?.request.name ?? this.#options.backlog?.nameOf(id) ?? id;
  }

  #stateOf(id: string): JobState | undefined {
    return this.#here(id)?.state ?? this.#options.backlog?.stateOf(id);
  }

  #dispatch(): void {
    this.#mustDispatchAgain = true;
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    void this.#startAll().catch(this.#options.onError);
  }

  async #startAll(): Promise<void> {
    try {
      while (this.#mustDispatchAgain) {
        this.#mustDispatchAgain = false;
        await this.#startWhatCanStart();
      }
    } finally {
      this.#isDispatching = false;
    }
  }

  async #startWhatCanStart(): Promise<void> {
    this.#lookAtAwaited();
    const first = this.#options.backlog?.first();
    if (first === undefined && this.#ready().length === 0) return;
    if (this.#devices === 'unknown') await this.#findPlaces(first);
    for (;;) {
      if (this.#devices !== 'ready') return;
      const next = this.#take(this.#freePlaces());
      if (next === undefined) return;
      this.#begin(next.job, next.place);
    }
  }

  async #findPlaces(first: string | undefined): Promise<void> {
    const { findPlaces, backlog } = this.#options;
    const { signal } = this.#lifetime;
    try {
      this.#places = await findPlaces(first, signal);
      if (!signal.aborted) this.#devices = 'ready';
    } catch (error) {
      if (signal.aborted) return;
      this.#devices = 'blocked';
      // Whoever waits for an answer gets this one; of a backlog the first, as the others may wait.
      if (first !== undefined) backlog?.fail(first, error);
      for (const job of this.#ready()) job.fail(error);
      this.#options.onChange?.();
    }
  }

  #freePlaces(): readonly Place[] {
    const here = new Set(this.active.flatMap(({ place }) => placesIn(place.name)));
    const elsewhere = this.#options.backlog?.busyPlaces(this.#places);
    return this.#places.filter(({ name }) => !here.has(name) && elsewhere?.has(name) !== true);
  }

  #take(free: readonly Place[]): { readonly job: Job; readonly place: Place } | undefined {
    const [place] = free;
    if (place === undefined) return undefined;
    const [next] = this.#ready();
    if (next !== undefined && next.request.priority !== 'background') return { job: next, place };
    const taken = this.#options.backlog?.take(free, this.#places);
    if (taken === undefined) return next && { job: next, place };
    const job = this.#add(new Job(taken.request, { isOfBacklog: true }));
    job.result.catch(this.#options.onError);
    return { job, place: taken.place };
  }

  #begin(job: Job, place: Place): void {
    const done = job.run(place).then(() => {
      this.#running.delete(done);
      this.#options.onChange?.();
      this.#dispatch();
    });
    this.#running.add(done);
    done.catch(this.#options.onError);
    this.#options.onChange?.();
  }

  /** What could start now, in order. */
  #ready(): readonly Job[] {
    return [...this.#jobs.values()]
      .filter(({ state, awaited }) => state === 'waiting' && awaited.size === 0)
      .sort((a, b) => rank[a.request.priority ?? 'normal'] - rank[b.request.priority ?? 'normal']);
  }

  #tellWhoWaitsFor(ended: Job): void {
    const { id } = ended.request;
    for (const job of this.#jobs.values()) {
      if (job.awaited.has(id)) this.#settle(job, id, ended.state);
    }
  }

  /** Looks how the jobs of the backlog stand that others come after. */
  #lookAtAwaited(): void {
    for (const job of this.#jobs.values()) {
      for (const id of job.awaited) {
        if (!this.#jobs.has(id)) this.#settle(job, id, this.#options.backlog?.stateOf(id));
      }
    }
  }

  #settle(job: Job, id: string, state: JobState | undefined): void {
    if (hasEnded(job.state) || (state !== undefined && !hasEnded(state))) return;
    if (state === 'finished' || job.request.needs === 'ended') job.awaited.delete(id);
    else job.fail(neededIsGone(job.request.id, id, state));
  }
}

function closed(): AppError {
  return failure('cancelled', 'The program ends, so nothing new is begun.');
}

function neededIsGone(id: string, needed: string, state?: JobState): AppError {
  return failure(
    'needed-job-ended',
    `The job ${id} was to come after ${needed}, which ${state === undefined ? 'is not there' : `has ${state === 'failed' ? 'failed' : 'been stopped'}`}. Do that again, and then this.`,
    { details: { id, needed, state: state ?? null } },
  );
}
