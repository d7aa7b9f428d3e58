// Takes studies further: makes the runs that are missing, measures those that have finished, and notes how a
// study ended. What there is to do follows from the library, so a host that was killed goes on where it stopped.
import { runOf } from '../../../shared/contract/app/run-growth.ts';
import type { RunEvent } from '../../../shared/contract/app/runs.ts';
import { messageOf, AppError } from '../../../shared/errors.ts';
import type { HostParts } from '../host-parts.ts';
import { knownProbe } from '../probe-run.ts';
import type { RunBacklog } from '../scheduling/run-backlog.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import {
  matchedRuns,
  openStudy,
  probeTasks,
  reuseRuns,
  type KeptStudy,
  type MatchedRun,
  type Measuring,
  type ProbeTask,
} from '../studies/kept-study.ts';
import type { LibraryWatch } from './library-watch.ts';
import { submitProbe } from './probes.ts';
import { createRuns } from './run-creation.ts';
import type { RunEventHub } from './run-event-hub.ts';
import type { StudyNews } from './study-news.ts';

export interface StudyRunnerOptions {
  readonly parts: HostParts;
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
  readonly hub: RunEventHub;
  readonly watch: LibraryWatch;
  readonly news: StudyNews;
  readonly onError: (error: unknown) => void;
}

export class StudyRunner {
  readonly #options: StudyRunnerOptions;
  readonly #lifetime = new AbortController();
  readonly #unsubscribe: () => void;
  /** By study, then by planned probe: what is being measured, or could not be. */
  readonly #measuring = new Map<string, Map<string, Measuring>>();
  readonly #advancing = new Set<string>();

  constructor(options: StudyRunnerOptions) {
    this.#options = options;
    this.#unsubscribe = options.hub.subscribe((event) => this.#onRunEvent(event));
  }

  /** Goes on with every study that was running. */
  begin(): void {
    for (const id of this.#running()) this.advance(id);
  }

  close(): void {
    this.#lifetime.abort();
    this.#unsubscribe();
  }

  measuringOf(id: string): Map<string, Measuring> {
    const known = this.#measuring.get(id) ?? new Map<string, Measuring>();
    this.#measuring.set(id, known);
    return known;
  }

  /** Forgets what is being measured and what could not be, so that it is tried anew. */
  forget(id: string): void {
    this.#measuring.delete(id);
  }

  /** Does what can be done now; called again whenever a run or a measurement has ended. */
  advance(id: string): void {
    const { library } = this.#options.parts;
    const { news, onError } = this.#options;
    news.tell(id);
    if (this.#advancing.has(id) || this.#lifetime.signal.aborted) return;
    this.#advancing.add(id);
    this.#step(id)
      .catch((error: unknown) => {
        if (this.#lifetime.signal.aborted) return;
        library.studies.setStatus(id, 'failed', messageOf(error));
        if (!(error instanceof AppError)) onError(error);
      })
      .finally(() => {
        this.#advancing.delete(id);
        news.tell(id);
      });
  }

  async #step(id: string): Promise<void> {
    const { library } = this.#options.parts;
    if (library.studies.get(id).status !== 'running') return;
    const kept = openStudy(library, id);
    await this.#makeMissingRuns(kept);
    const matched = matchedRuns(library, kept);
    const tasks = probeTasks(kept.plan, matched).filter(
      ({ request }) => knownProbe(this.#options.parts, request) === undefined,
    );
    this.#measure(kept, tasks);
    this.#noteEnd(kept, matched, tasks);
  }

  /** In the library's queue. */
  async #makeMissingRuns(kept: KeptStudy): Promise<void> {
    const { parts, backlog, scheduler, watch } = this.#options;
    const { library } = parts;
    reuseRuns(library, kept);
    const missing = matchedRuns(library, kept).filter(({ run }) => run === undefined);
    if (missing.length === 0) return;
    const specs = missing.map(({ planned }) => ({ ...planned.spec, group: kept.group }));
    await createRuns(parts, specs, {
      signal: this.#lifetime.signal,
      whenMade: (ids) => {
        ids.forEach((run, i) => {
          const key = missing[i]?.planned.key ?? '';
          library.studies.link(kept.record.id, { key, run, isReused: false });
          library.runs.update(run, { tags: [`study:${kept.study.name}`] });
        });
        backlog.add(ids, 'back');
      },
    });
    scheduler.dispatch();
    watch.look();
  }

  /** One checkpoint of each planned probe at a time; what could not be measured is not tried again. */
  #measure(kept: KeptStudy, tasks: readonly ProbeTask[]): void {
    const measuring = this.measuringOf(kept.record.id);
    for (const task of tasks) if (!measuring.has(task.planned.key)) this.#submit(kept, task);
  }

  #submit({ record: { id }, group }: KeptStudy, { planned, request, step }: ProbeTask): void {
    const note = (state: Measuring | undefined): void => {
      if (state === undefined) this.measuringOf(id).delete(planned.key);
      else this.measuringOf(id).set(planned.key, state);
    };
    note({ message: 'Waits for a device' });
    submitProbe(this.#options, request, {
      group,
      onProgress: (message) => {
        note({ message });
        this.#options.news.tell(id);
      },
    }).then(
      () => {
        note(undefined);
        this.advance(id);
      },
      (error: unknown) => {
        if (this.#lifetime.signal.aborted) return;
        const isCancelled = error instanceof AppError && error.code === 'cancelled';
        note(
          isCancelled ? undefined : { message: '', error: `At step ${step}: ${messageOf(error)}` },
        );
        this.advance(id);
      },
    );
  }

  /** Nothing to write as long as something is being trained or measured. */
  #noteEnd(kept: KeptStudy, matched: readonly MatchedRun[], tasks: readonly ProbeTask[]): void {
    const { library } = this.#options.parts;
    const { id } = kept.record;
    const measuring = this.measuringOf(id);
    const hasEnded = ({ run }: MatchedRun): boolean =>
      run?.status === 'finished' || run?.status === 'failed';
    const hasFailed = ({ planned }: ProbeTask): boolean =>
      measuring.get(planned.key)?.error !== undefined;
    if (!matched.every(hasEnded) || !tasks.every(hasFailed)) return;
    const failed = matched.flatMap(({ planned, run }) =>
      run?.status === 'failed' ? [planned.key] : [],
    );
    const problems = [
      ...(failed.length === 0 ? [] : [`Failed trainings: ${failed.join(', ')}.`]),
      ...[...measuring.values()].flatMap(({ error }) => error ?? []),
    ];
    if (problems.length === 0) library.studies.setStatus(id, 'finished');
    else library.studies.setStatus(id, 'failed', problems.join(' '));
  }

  #onRunEvent(event: RunEvent): void {
    const status = event.kind === 'changed' ? event.run.status : undefined;
    const hasEnded = status === 'finished' || status === 'failed';
    for (const id of this.#running()) {
      const links = this.#options.parts.library.studies.links(id);
      if (!links.some(({ run }) => run === runOf(event))) continue;
      if (hasEnded) this.advance(id);
      else this.#options.news.tell(id);
    }
  }

  #running(): string[] {
    return this.#options.parts.library.studies
      .list()
      .flatMap(({ id, status }) => (status === 'running' ? [id] : []));
  }
}
