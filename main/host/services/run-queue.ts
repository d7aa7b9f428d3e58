// The queue: trains the runs that wait in the library, one on each place (GPU, or the CPU), and goes on
// after a restart with what was waiting or being trained. Several hosts may serve one library: whoever
// claims a run first trains it, and a run that somebody else trains is left alone. Which words a run
// ends with: `paused` waits to be resumed; `interrupted` was stopped, cancelled, or lost its process;
// all of them can be resumed. Knows nothing of pages.
import type { RunFailure } from '../../../shared/contract/app/runs.ts';
import {
  failure,
  inputError,
  toErrorDocument,
  type ErrorDocument,
} from '../../../shared/errors.ts';
import { processEnded } from '../../store/process-ended.ts';
import { hostName } from '../../store/process-identity.ts';
import type { QueueEntry, QueueWish } from '../../store/queue.ts';
import type { RunChanges, RunRecord, RunSummary } from '../../store/run-record.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import type { RunEvent as HostRunEvent } from '../run-events.ts';
import { trainRun } from '../train-run.ts';
import { findPlaces, placeOfForeignRun, type Place } from './devices.ts';
import { onEachRun } from './each-run.ts';
import { createRunEndings, type RunEnding } from './run-endings.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { toRunRow } from './run-rows.ts';

export interface ActiveRun {
  readonly id: string;
  readonly pid: number | undefined;
  readonly place: Place;
}

export interface RunQueueOptions {
  readonly parts: HostParts;
  readonly hub: RunEventHub;
  /** Whether runs whose host ended go on by themselves. */
  readonly resumesRuns: () => boolean;
  /** Throws what the run needs and what there is, if that is not enough. */
  readonly requireMemory: (run: RunRecord, place: Place) => Promise<void>;
  /** Done on the run's place, before the next run has it. */
  readonly afterFinish: (run: RunRecord, place: Place, signal: AbortSignal) => Promise<void>;
  /** Something has changed in the library. */
  readonly onChange: () => void;
  /** What went wrong while nobody waits for an answer. */
  readonly onError: (error: unknown) => void;
}

export interface RunQueue {
  /** Puts runs of the library into the queue and starts what can be started. */
  add(ids: readonly string[], where: 'front' | 'back'): void;
  move(id: string, position: number): void;
  /** These return the runs that refused; a single run's refusal is thrown. */
  pause(ids: readonly string[]): RunFailure[];
  stop(ids: readonly string[]): RunFailure[];
  cancel(ids: readonly string[]): RunFailure[];
  /** Back into the queue, at the front. */
  resume(ids: readonly string[]): RunFailure[];
  /** Runs short work on a place as soon as one is free, before the runs that wait. */
  readonly withPlace: <T>(work: (place: Place) => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Looks at what other processes have changed, and starts what can be started. */
  look(): void;
  /** The run with how it ended, even where the library has no room for that at the moment. */
  seen<R extends RunSummary>(run: R): R;
  readonly active: readonly ActiveRun[];
  /** Checkpoints what is being trained, so that it goes on at the next start. */
  close(graceMs?: number): Promise<void>;
}

type Intent = QueueWish | 'close';

interface Training {
  readonly place: Place;
  readonly stop: AbortController;
  readonly abandon: AbortController;
  readonly done: Promise<void>;
  intent: Intent | undefined;
  trainer: { readonly pid: number | undefined } | undefined;
}

interface Waiter {
  begin(place: Place): void;
}

const closeGraceMs = 60_000;
/** So often a run goes on by itself after its process died, unless it got further in between. */
const maxRecoveries = 3;

export function createRunQueue(options: RunQueueOptions): RunQueue {
  const { parts, hub, onChange } = options;
  const { library } = parts;
  const trainings = new Map<string, Training>();
  /** Places that this process uses, for trainings and for short work. */
  const occupied = new Set<string>();
  const waiters = new Set<Waiter>();
  const closing = new AbortController();
  let places: readonly Place[] | undefined;
  /** The runtime could not be had: nothing starts until somebody asks for it again. */
  let isBlocked = false;
  let isDispatching = false;
  let mustDispatchAgain = false;
  const endings = createRunEndings({
    read: (id) => library.runs.get(id),
    // What has ended has no place in the queue.
    onChange: (run) => hub.publish({ kind: 'changed', run: toRunRow(run, new Map()) }),
  });

  const dispatch = (): void => {
    mustDispatchAgain = true;
    if (isDispatching) return;
    isDispatching = true;
    void startAll().catch(options.onError);
  };

  const startAll = async (): Promise<void> => {
    try {
      while (mustDispatchAgain) {
        mustDispatchAgain = false;
        await startWhatCanStart();
      }
    } finally {
      isDispatching = false;
    }
  };

  const startWhatCanStart = async (): Promise<void> => {
    if (closing.signal.aborted || isBlocked) return;
    const first = library.queue.list().find((entry) => entry.device === null);
    if (first === undefined && waiters.size === 0) return;
    const found = places ?? (await preparePlaces(first));
    if (found === undefined) return;
    for (;;) {
      // The signal may have fired while the places were being found.
      if ((closing.signal as { aborted: boolean }).aborted) return;
      const place = freePlace(found);
      if (place === undefined) return;
      const [waiter] = waiters;
      if (waiter !== undefined) {
        waiters.delete(waiter);
        waiter.begin(place);
        continue;
      }
      const run = take(found, place);
      if (run === undefined) return;
      begin(run, place);
    }
  };

  /** Makes sure of the runtime, which may have to be fetched first. */
  const preparePlaces = async (
    first: QueueEntry | undefined,
  ): Promise<readonly Place[] | undefined> => {
    try {
      const runtime = await parts.ensureRuntime({
        onProgress: ({ message, fraction }) => {
          if (first !== undefined) publishPreparing(first.id, message, fraction);
        },
        signal: closing.signal,
      });
      places = await findPlaces(runtime, parts.env);
      return places;
    } catch (error) {
      if (closing.signal.aborted) return undefined;
      isBlocked = true;
      if (first !== undefined) settleFailed(library.runs.get(first.id), error);
      return undefined;
    }
  };

  const freePlace = (found: readonly Place[]): Place | undefined => {
    const busy = busyPlaces(found);
    return found.find((place) => !busy.has(place.name));
  };

  /** By this process, by other hosts, and by command lines on this machine. */
  const busyPlaces = (found: readonly Place[]): ReadonlySet<string> => {
    const busy = new Set(occupied);
    const entries = new Map(library.queue.list().map((entry) => [entry.id, entry]));
    for (const { id, owner } of library.runs.list({ status: ['running'] }).runs) {
      if (owner?.host !== hostName()) continue;
      const environment = (): unknown => library.runs.find(id)?.environment;
      busy.add(entries.get(id)?.device ?? placeOfForeignRun(environment(), found));
    }
    return busy;
  };

  /** Claims the next run for a place; one transaction, so that no two hosts take the same. */
  const take = (found: readonly Place[], place: Place): RunRecord | undefined =>
    library.together(() => {
      if (busyPlaces(found).has(place.name)) return undefined;
      for (const { id, device } of library.queue.list()) {
        if (device !== null) continue;
        if (library.runs.get(id).status === 'queued') {
          library.queue.assign(id, place.name);
          return library.runs.claim(id);
        }
        // A command line has gone on with it meanwhile.
        library.queue.remove(id);
      }
      return undefined;
    });

  const begin = (run: RunRecord, place: Place): void => {
    endings.forget(run.id);
    occupied.add(place.name);
    const stop = new AbortController();
    const abandon = new AbortController();
    const training: Training = {
      ...{ place, stop, abandon },
      done: Promise.resolve()
        .then(() => train(run, place))
        .finally(() => {
          trainings.delete(run.id);
          occupied.delete(place.name);
          onChange();
          dispatch();
        })
        .catch(options.onError),
      intent: undefined,
      trainer: undefined,
    };
    trainings.set(run.id, training);
    onChange();
  };

  const train = async (run: RunRecord, place: Place): Promise<void> => {
    const training = trainings.get(run.id);
    if (training === undefined) return;
    const { id } = run;
    const progress = { hasSettled: false };
    try {
      const { spec, fromCheckpoint } = checkResumable(
        { ...run, owner: null },
        library.runFolder(id),
      );
      if (fromCheckpoint) await requireIntactLast(library, run);
      await options.requireMemory(run, place);
      if (training.stop.signal.aborted || training.abandon.signal.aborted) {
        progress.hasSettled = true;
        settle(run, training.intent, { status: 'interrupted', error: null });
        return;
      }
      const ended = await trainRun(parts, {
        ...{ run, spec, fromCheckpoint },
        isResumed: run.step > 0 || run.checkpoints.last !== undefined,
        device: place.device,
        onEvent: (event) => publish(id, event),
        onSaved: (step) => hub.publish({ kind: 'points', id, step }),
        onLaunch: (trainer) => {
          training.trainer = trainer;
        },
        stop: training.stop.signal,
        abandon: training.abandon.signal,
        settle: (changes) => {
          const settled = settle(run, training.intent, changes);
          progress.hasSettled = true;
          return settled;
        },
      });
      onChange();
      if (ended.status === 'finished') {
        await options.afterFinish(ended, place, training.abandon.signal);
      }
    } catch (error) {
      // A run that failed in its trainer is recorded as failed by now.
      if (!progress.hasSettled) settleFailed(run, error);
    }
  };

  /** A run that ends with its host stays in the queue, as one to be recovered. */
  const endingOf = (run: RunRecord, intent: Intent | undefined, changes: RunChanges): RunEnding => {
    const isAsked = changes.status === 'interrupted';
    const isPaused = isAsked && intent === 'pause';
    const ending: RunChanges = isPaused ? { ...changes, status: 'paused' } : changes;
    return {
      changes: ending,
      write: () =>
        library.together(() => {
          const now = library.runs.get(run.id);
          // What could not be written at once may be out of date by now.
          if (now.owner !== null && !isOurs(now.owner)) return now;
          if (!(isAsked && intent === 'close')) library.queue.remove(run.id);
          return library.runs.update(run.id, ending);
        }),
    };
  };

  const settle = (run: RunRecord, intent: Intent | undefined, changes: RunChanges): RunRecord =>
    endings.settle(run, endingOf(run, intent, changes));

  const settleFailed = (run: RunRecord, error: unknown): void => {
    settle(run, undefined, { status: 'failed', error: toErrorDocument(error) });
    onChange();
  };

  const publish = (id: string, event: HostRunEvent): void => {
    switch (event.kind) {
      case 'preparing':
        publishPreparing(id, event.message, event.fraction);
        return;
      case 'progress': {
        const { kind, loss, accuracy, ...known } = event;
        const progress = { ...known, loss: finiteOrNull(loss), accuracy: finiteOrNull(accuracy) };
        hub.publish({ kind, id, progress });
        return;
      }
      case 'evaluation':
        hub.publish({ kind: 'evaluation', id, facts: event.facts });
        onChange();
        return;
      case 'data':
      case 'prepared':
      case 'checkpoint':
        onChange();
        return;
      case 'data-note':
      case 'epoch':
      case 'created':
      case 'warning':
        return;
    }
  };

  const publishPreparing = (id: string, message: string, fraction: number | undefined): void => {
    const progress = { message, ...(fraction === undefined ? {} : { fraction }) };
    hub.publish({ kind: 'preparing', id, progress });
  };

  /** Of a run that is not trained here. @throws inputError if there is nothing to change about it */
  const ask = (id: string, wish: QueueWish): void => {
    const run = library.runs.get(id);
    const entry = library.queue.list().find((one) => one.id === id);
    if (entry !== undefined && entry.device !== null && !entry.isAbandoned) {
      library.queue.ask(id, wish);
      return;
    }
    // Trained outside the queue, in a terminal: that process looks for wishes.
    if (run.owner !== null) {
      library.runs.ask(id, wish);
      return;
    }
    const isWaiting = entry !== undefined || (run.status === 'paused' && wish !== 'pause');
    if (!isWaiting) throw cannot(run, wish);
    endingOf(run, wish, { status: 'interrupted' }).write();
  };

  const askAll = (ids: readonly string[], wish: QueueWish): RunFailure[] => {
    const failed = onEachRun(library.runs, ids, (id) => {
      const training = trainings.get(id);
      // Our own hear it whatever state the library is in.
      if (training !== undefined) obey(training, wish);
      // One transaction: between a look and a change somebody else may claim the run.
      else library.together(() => ask(id, wish));
    });
    onChange();
    dispatch();
    return failed;
  };

  /** Goes on with, or lets go of, what a host that is gone has left behind. */
  const recover = (): void => {
    if (!library.queue.list().some((entry) => entry.isAbandoned)) return;
    library.together(() => {
      for (const entry of library.queue.list().filter((one) => one.isAbandoned)) {
        const { id } = entry;
        const { step, checkpoints } = library.runs.get(id);
        const recoveries = recoveriesAfter(entry, step);
        if (options.resumesRuns() && recoveries <= maxRecoveries) {
          library.queue.recover(id, step, recoveries);
          library.runs.update(id, { status: 'queued', error: null });
          continue;
        }
        library.queue.remove(id);
        const error = !entry.hasDied
          ? null
          : options.resumesRuns()
            ? diedAgain(id, step)
            : processEnded(step, checkpoints.last !== undefined);
        library.runs.update(id, { status: 'interrupted', error });
      }
    });
    onChange();
  };

  const obeyWishes = (): void => {
    for (const { id, wish, device } of library.queue.list()) {
      const training = trainings.get(id);
      if (wish === null || device === null || training === undefined) continue;
      library.queue.assign(id, device);
      obey(training, wish);
    }
  };

  return {
    add: (ids, where) => {
      isBlocked = false;
      library.queue.add(ids, where);
      dispatch();
    },
    move: (id, position) => {
      library.queue.move(id, position);
      onChange();
    },
    pause: (ids) => askAll(ids, 'pause'),
    stop: (ids) => askAll(ids, 'stop'),
    cancel: (ids) => askAll(ids, 'cancel'),
    resume: (ids) => {
      isBlocked = false;
      const ready: string[] = [];
      const failed = onEachRun(library.runs, ids, (id) => {
        endings.requireWritten(id);
        checkResumable(library.runs.get(id), library.runFolder(id));
        ready.push(id);
      });
      library.together(() => {
        for (const id of ready) library.runs.update(id, { status: 'queued', error: null });
        library.queue.add(ready, 'front');
      });
      onChange();
      dispatch();
      return failed;
    },
    withPlace: (work, signal) =>
      new Promise((resolve, reject) => {
        const give = (): void => {
          waiters.delete(waiter);
          reject(failure('cancelled', 'It was stopped before its turn came.'));
        };
        const waiter: Waiter = {
          begin: (place) => {
            signal.removeEventListener('abort', give);
            occupied.add(place.name);
            void work(place)
              .then(resolve, reject)
              .finally(() => {
                occupied.delete(place.name);
                dispatch();
              });
          },
        };
        if (signal.aborted || closing.signal.aborted) {
          give();
          return;
        }
        signal.addEventListener('abort', give, { once: true });
        closing.signal.addEventListener('abort', give, { once: true });
        waiters.add(waiter);
        isBlocked = false;
        dispatch();
      }),
    look: () => {
      if (closing.signal.aborted) return;
      endings.retry();
      recover();
      obeyWishes();
      dispatch();
    },
    seen: (run) => endings.seen(run),
    get active() {
      return [...trainings].map(([id, { trainer, place }]) => ({ id, pid: trainer?.pid, place }));
    },
    close: async (graceMs = closeGraceMs) => {
      closing.abort();
      const left = [...trainings.values()];
      for (const training of left) {
        training.intent ??= 'close';
        training.stop.abort();
      }
      const timer = setTimeout(() => {
        for (const training of left) training.abandon.abort();
      }, graceMs);
      await Promise.all(left.map((training) => training.done));
      clearTimeout(timer);
      endings.retry();
    },
  };
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

function obey(training: Training, wish: QueueWish): void {
  training.intent = wish;
  if (wish === 'cancel') training.abandon.abort();
  else training.stop.abort();
}

function cannot(run: RunRecord, wish: QueueWish): Error {
  return inputError(
    'run-not-active',
    `The run ${run.id} is ${run.status}; there is nothing to ${wish}.`,
    { details: { id: run.id, status: run.status } },
  );
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
