// The runs that wait in the library, as the scheduler's backlog. Several hosts may serve one library:
// whoever claims a run first trains it, and what a process asks of a run that another one trains goes
// through the library. Also takes up what a host that is gone has left behind.
import { failure, toErrorDocument, type ErrorDocument } from '../../../shared/errors.ts';
import { DeviceList } from '../../../shared/spec/devices.ts';
import type { Library } from '../../store/library.ts';
import { processEnded } from '../../store/process-ended.ts';
import { hostName } from '../../system/process-identity.ts';
import type { QueueEntry, QueueWish } from '../../store/queue.ts';
import type { RunChanges, RunRecord, RunSummary } from '../../store/run-record.ts';
import { checkResumable } from '../run-checks.ts';
import { createRunEndings, type RunEndings } from '../services/run-endings.ts';
import { missingDevices, placeFor, placeOfForeignRun } from './places.ts';
import { notActive, placesIn, type JobRequest, type Place, type Turn } from './job.ts';
import { hasEnded, nextState, stateOfStatus, type JobState } from './job-states.ts';
import { onEach, type Refusal } from './on-each.ts';
import { asObject } from '../services/run-rows.ts';
import type { Backlog, Taken } from './scheduler.ts';

export interface RunBacklogOptions {
  readonly library: Library;
  /** Whether runs whose host ended go on by themselves. */
  readonly resumesRuns: () => boolean;
  /** Trains a run that was claimed for this place, and settles how it ended. */
  readonly train: (run: RunRecord, turn: Turn) => Promise<void>;
  /** How a run ended could not be written and is held, or it has been written after all. */
  readonly onHeld: (run: RunRecord) => void;
}

/** So often a run goes on by itself after its process died, unless it got further in between. */
const maxRecoveries = 3;

export class RunBacklog implements Backlog {
  readonly #options: RunBacklogOptions;
  readonly #library: Library;
  readonly #endings: RunEndings;

  constructor(options: RunBacklogOptions) {
    this.#options = options;
    this.#library = options.library;
    this.#endings = createRunEndings({
      read: (id) => this.#library.runs.get(id),
      onChange: options.onHeld,
    });
  }

  /** Puts runs of the library into the order. */
  add(ids: readonly string[], where: 'front' | 'back'): void {
    this.#library.queue.add(ids, where);
  }

  /** The run with how it ended, even where the library has no room for that at the moment. */
  seen<R extends RunSummary>(run: R): R {
    return this.#endings.seen(run);
  }

  first(): string | undefined {
    return this.#library.queue.list().find(({ device }) => device === null)?.id;
  }

  /** By other hosts, and by command lines on this machine. */
  busyPlaces(places: readonly Place[]): ReadonlySet<string> {
    const entries = new Map(this.#library.queue.list().map((entry) => [entry.id, entry]));
    const training = this.#library.runs.list({ status: ['running'] }).runs;
    return new Set(
      training.flatMap(({ id, owner }) => {
        if (owner?.host !== hostName()) return [];
        const environment = (): unknown => this.#library.runs.find(id)?.environment;
        return placesIn(entries.get(id)?.device ?? placeOfForeignRun(environment(), places));
      }),
    );
  }

  /** One transaction, so that no two hosts take the same. */
  take(free: readonly Place[], places: readonly Place[]): Taken | undefined {
    const { queue, runs } = this.#library;
    const next = this.#library.transaction(() => {
      const busy = this.busyPlaces(places);
      const open = free.filter(({ name }) => !busy.has(name));
      /** What a run that is earlier in the order waits for is not given to a later one. */
      const kept = new Set(busy);
      for (const { id, device } of queue.list()) {
        if (device !== null) continue;
        if (runs.get(id).status !== 'queued') {
          // A command line has gone on with it meanwhile.
          queue.remove(id);
          continue;
        }
        const place = this.#placeFor(id, { open, places, kept });
        if (place === undefined) continue;
        queue.assign(id, place.name);
        return { run: runs.claim(id), place };
      }
      return undefined;
    });
    if (next === undefined) return undefined;
    const { run, place } = next;
    this.#endings.forget(run.id);
    const { id, name, group } = run;
    const request: JobRequest<void> = {
      ...{ id, kind: 'training', name, group: group ?? undefined },
      work: async (turn) => {
        await this.#options.train(run, turn);
      },
    };
    return { request, place };
  }

  /**
   * Where a run can begin now. One that names devices waits until all of them are free, and keeps them from those
   * after it; where one is not there at all, it is given any place, and refused when it begins.
   */
  #placeFor(
    id: string,
    given: {
      readonly open: readonly Place[];
      readonly places: readonly Place[];
      readonly kept: Set<string>;
    },
  ): Place | undefined {
    const { open, places, kept } = given;
    const any = open.find(({ name }) => !kept.has(name));
    const devices = devicesOf(this.#library.runs.get(id));
    if (devices === undefined || missingDevices(devices, places).length > 0) return any;
    const wanted = placeFor(devices);
    const names = placesIn(wanted.name);
    const isThere = (name: string): boolean =>
      !kept.has(name) && (name === 'cpu' || open.some((place) => place.name === name));
    if (names.every(isThere)) return wanted;
    for (const name of names) kept.add(name);
    return undefined;
  }

  stateOf(id: string): JobState | undefined {
    const run = this.#library.runs.find(id);
    return run === undefined || run.deletedAt !== null
      ? undefined
      : stateOfStatus(this.seen(run).status);
  }

  nameOf(id: string): string {
    return this.#library.runs.find(id)?.name ?? id;
  }

  idsOf(group: string): readonly string[] {
    const { runs } = this.#library.runs.list({ group });
    return runs.filter(({ status }) => !hasEnded(stateOfStatus(status))).map(({ id }) => id);
  }

  ask(id: string, wish: QueueWish): void {
    const { runs, queue } = this.#library;
    // One transaction: between a look and a change somebody else may claim the run.
    this.#library.transaction(() => {
      const run = runs.get(id);
      const entry = queue.list().find((one) => one.id === id);
      if (entry !== undefined && entry.device !== null && !entry.isAbandoned) {
        queue.ask(id, wish);
        return;
      }
      // Trained outside the queue, in a terminal: that process looks for wishes.
      if (run.owner !== null) {
        runs.ask(id, wish);
        return;
      }
      // What a host that is gone has left is in the queue, whatever its status says; what waits elsewhere
      // waits in a terminal, which alone may take it out.
      const state = entry === undefined ? stateOfStatus(run.status) : 'waiting';
      const next = nextState(state, wish);
      if (next === undefined || (entry === undefined && state === 'waiting')) {
        throw notActive('run', { id, name: id, state: run.status }, wish);
      }
      queue.remove(id);
      runs.update(id, { status: next === 'paused' ? 'paused' : 'interrupted' });
    });
  }

  resume(ids: readonly string[]): readonly Refusal[] {
    const { runs, queue } = this.#library;
    const ready: string[] = [];
    const refused = onEach(
      ids,
      (id) => this.nameOf(id),
      (id) => {
        this.#endings.requireWritten(id);
        checkResumable(runs.get(id), this.#library.runFolder(id));
        ready.push(id);
      },
    );
    this.#library.transaction(() => {
      for (const id of ready) runs.update(id, { status: 'queued', error: null });
      queue.add(ready, 'front');
    });
    return refused;
  }

  /** Writes how a run ended that was trained here, or holds it while the library takes nothing. */
  settle(run: RunRecord, state: JobState, changes: RunChanges): RunRecord {
    const { runs, queue } = this.#library;
    const isAsked = changes.status === 'interrupted';
    const ending: RunChanges =
      isAsked && state === 'pausing' ? { ...changes, status: 'paused' } : changes;
    return this.#endings.settle(run, {
      changes: ending,
      write: () =>
        this.#library.transaction(() => {
          const now = runs.get(run.id);
          // What could not be written at once may be out of date by now.
          if (now.owner !== null && !isOurs(now.owner)) return now;
          // A run that ends with its host stays in the queue, as one to be taken up again.
          if (!(isAsked && state === 'closing')) queue.remove(run.id);
          return runs.update(run.id, ending);
        }),
    });
  }

  fail(id: string, error: unknown): void {
    const changes: RunChanges = { status: 'failed', error: toErrorDocument(error) };
    this.settle(this.#library.runs.get(id), 'running', changes);
  }

  look(runsHere: (id: string) => boolean): readonly (readonly [string, QueueWish])[] {
    this.#endings.retry();
    this.#takeUpAbandoned();
    const { queue } = this.#library;
    return queue.list().flatMap(({ id, wish, device }): [string, QueueWish][] => {
      if (wish === null || device === null || !runsHere(id)) return [];
      queue.assign(id, device);
      return [[id, wish]];
    });
  }

  close(): void {
    this.#endings.retry();
  }

  /** Goes on with, or lets go of, what a host that is gone has left behind. */
  #takeUpAbandoned(): void {
    const { runs, queue } = this.#library;
    if (!queue.list().some((entry) => entry.isAbandoned)) return;
    const { resumesRuns } = this.#options;
    this.#library.transaction(() => {
      for (const entry of queue.list().filter((one) => one.isAbandoned)) {
        const { id } = entry;
        const { step, checkpoints } = runs.get(id);
        const recoveries = recoveriesAfter(entry, step);
        if (resumesRuns() && recoveries <= maxRecoveries) {
          queue.recover(id, step, recoveries);
          runs.update(id, { status: 'queued', error: null });
          continue;
        }
        queue.remove(id);
        const error = !entry.hasDied
          ? null
          : resumesRuns()
            ? diedAgain(id, step)
            : processEnded(step, checkpoints.last !== undefined);
        runs.update(id, { status: 'interrupted', error });
      }
    });
  }
}

/** What a run says of its devices; one that can't be read is refused when it begins. */
function devicesOf({ spec }: RunRecord): DeviceList | undefined {
  return DeviceList.safeParse(asObject(spec)['devices']).data;
}

/** A host that let go of its run has not died of it. */
function recoveriesAfter(entry: QueueEntry, step: number): number {
  const { hasDied, recoveredAtStep, recoveries } = entry;
  if (recoveredAtStep === null || step > recoveredAtStep) return hasDied ? 1 : 0;
  return recoveries + (hasDied ? 1 : 0);
}

function diedAgain(id: string, step: number): ErrorDocument {
  return toErrorDocument(
    failure(
      'died-repeatedly',
      `The process that trained this run was killed, or the machine went down, ${maxRecoveries + 1} times without getting beyond step ${step}, so it does not go on by itself any more: the run itself may be the reason (memory, a fault of the driver). Its log may say more; a smaller batch may help. Resuming tries again.`,
      { details: { id, step } },
    ),
  );
}

function isOurs({ pid, host }: NonNullable<RunRecord['owner']>): boolean {
  return pid === process.pid && host === hostName();
}
