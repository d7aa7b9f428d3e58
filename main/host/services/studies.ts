// Studies for the page: each is taken one step further whenever one of its runs or measurements has ended.
// What there is to do follows from the library, so a host that was killed goes on where it stopped.
import os from 'node:os';
import { inputError, messageOf, AppError } from '../../../shared/errors.ts';
import { ProbeSpec } from '../../../shared/contract/probes.ts';
import type { StudyCost } from '../../../shared/contract/studies.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { canMeasure, findingOf, MEASUREMENTS } from '../../studies/measurements.ts';
import { QUICK_DATA } from '../../studies/trainings.ts';
import { aboutStudies } from '../../studies/catalog.ts';
import type { HostParts } from '../host-parts.ts';
import { judgedCheckpoint } from '../mistake-file.ts';
import { listProbes } from '../probe-files.ts';
import { knownProbe, probeRun, type ProbeRequest } from '../probe-run.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { RunBacklog } from '../scheduling/run-backlog.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import {
  findFitting,
  makeStudy,
  matchedRuns,
  openStudy,
  probeTasks,
  reuseRuns,
  settleStudy,
  studyDetail,
  studyRow,
  type KeptStudy,
  type ProbeTask,
  type SettledStudy,
} from '../studies/kept-study.ts';
import { measuringTime } from '../studies/measuring-time.ts';
import { costOf, estimateEpoch, workloadOf } from './estimate.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { createRuns } from './run-creation.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { createSpeedSamples } from './speed-samples.ts';
import { createStudyNews } from './study-news.ts';

export interface StudyServiceOptions {
  readonly parts: HostParts;
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
  readonly hub: RunEventHub;
  readonly watch: LibraryWatch;
  readonly onError: (error: unknown) => void;
}

export interface StudyService {
  readonly handlers: HandlersOf<'studies'> & HandlersOf<'probes'>;
  /** Takes up what was under way. */
  begin(): void;
  close(): void;
}

interface Busy {
  readonly message: string;
  readonly error?: string;
}

export function createStudyService(options: StudyServiceOptions): StudyService {
  const { parts, scheduler, backlog, hub, watch, onError } = options;
  const { library } = parts;
  const speeds = createSpeedSamples(library);
  const news = createStudyNews();
  const lifetime = new AbortController();
  /** By study: what is being measured, or could not be. */
  const busy = new Map<string, Map<string, Busy>>();
  const making = new Set<string>();
  const busyOf = (id: string): Map<string, Busy> => {
    const known = busy.get(id) ?? new Map<string, Busy>();
    busy.set(id, known);
    return known;
  };

  const measure = (id: string, group: string, { planned, request, step }: ProbeTask): void => {
    const mine = busyOf(id);
    mine.set(planned.key, { message: 'Waits for a device' });
    const work = submitProbe(request, group, ({ message }) => {
      mine.set(planned.key, { message });
      news.tell(id);
    });
    work.then(
      () => {
        mine.delete(planned.key);
        advance(id);
      },
      (error: unknown) => {
        if (lifetime.signal.aborted) return;
        if (error instanceof AppError && error.code === 'cancelled') mine.delete(planned.key);
        else mine.set(planned.key, { message: '', error: `At step ${step}: ${messageOf(error)}` });
        advance(id);
      },
    );
  };

  const submitProbe = (
    request: ProbeRequest,
    group: string | undefined,
    onEvent: (event: { readonly message: string }) => void,
    signal?: AbortSignal,
  ): Promise<unknown> =>
    scheduler.submit({
      id: `probe ${JSON.stringify(request)}`,
      kind: 'probe',
      name: `${request.probe.kind} of ${request.run}`,
      priority: group === undefined ? 'urgent' : 'normal',
      group,
      signal,
      work: (turn) =>
        probeRun(parts, request, {
          onEvent,
          signal: AbortSignal.any([turn.stop, turn.abandon]),
          device: turn.place.device,
        }),
    });

  /** Makes the runs that are missing, in the library's queue. */
  const makeRuns = async (id: string, kept: KeptStudy): Promise<void> => {
    reuseRuns(library, kept);
    const missing = matchedRuns(library, kept).filter(({ run }) => run === undefined);
    if (missing.length === 0) return;
    const specs = missing.map(({ planned }) => ({ ...planned.spec, group: kept.group }));
    await createRuns(parts, specs, {
      signal: lifetime.signal,
      whenMade: (ids) => {
        ids.forEach((run, i) => {
          const key = missing[i]?.planned.key ?? '';
          library.studies.link(id, { key, run, isReused: false });
          library.runs.update(run, { tags: [`study:${kept.study.name}`] });
        });
        backlog.add(ids, 'back');
      },
    });
    scheduler.dispatch();
    watch.look();
  };

  const advance = (id: string): void => {
    news.tell(id);
    if (making.has(id) || lifetime.signal.aborted) return;
    making.add(id);
    step(id)
      .catch((error: unknown) => {
        if (lifetime.signal.aborted) return;
        library.studies.setStatus(id, 'failed', messageOf(error));
        if (!(error instanceof AppError)) onError(error);
      })
      .finally(() => {
        making.delete(id);
        news.tell(id);
      });
  };

  const step = async (id: string): Promise<void> => {
    if (library.studies.get(id).status !== 'running') return;
    const kept = openStudy(library, id);
    await makeRuns(id, kept);
    const matched = matchedRuns(library, kept);
    const mine = busyOf(id);
    const open = probeTasks(kept.plan, matched).filter(
      ({ request }) => knownProbe(parts, request) === undefined,
    );
    const begun = new Set<string>();
    for (const task of open) {
      if (mine.has(task.planned.key) || begun.has(task.planned.key)) continue;
      begun.add(task.planned.key);
      measure(id, kept.group, task);
    }
    settle(id, { kept, matched, open });
  };

  const settle = (
    id: string,
    given: {
      readonly kept: KeptStudy;
      readonly matched: ReturnType<typeof matchedRuns>;
      readonly open: readonly ProbeTask[];
    },
  ): void => {
    const { kept, matched, open } = given;
    const broken = matched.filter(({ run }) => run?.status === 'failed');
    const isTraining = matched.some(
      ({ run }) => run?.status !== 'finished' && run?.status !== 'failed',
    );
    const problems = [...busyOf(id).values()].flatMap(({ error }) => error ?? []);
    const isMeasuring = open.some(
      ({ planned }) => busyOf(id).get(planned.key)?.error === undefined,
    );
    if (isTraining || isMeasuring) return;
    if (broken.length === 0 && problems.length === 0) {
      library.studies.setStatus(id, 'finished');
      return;
    }
    const names = broken.map(({ planned }) => planned.key).join(', ');
    const failed = names === '' ? [] : [`Failed trainings: ${names}.`];
    library.studies.setStatus(id, 'failed', [...failed, ...problems].join(' '));
    if (kept.record.status === 'running') news.tell(id);
  };

  const running = (): string[] =>
    library.studies.list().flatMap(({ id, status }) => (status === 'running' ? [id] : []));

  const endHub = hub.subscribe((event) => {
    const run = event.kind === 'changed' ? event.run : undefined;
    for (const id of running()) {
      const isIts = library.studies
        .links(id)
        .some((link) => link.run === (event.kind === 'changed' ? event.run.id : event.id));
      if (!isIts) continue;
      if (run !== undefined && (run.status === 'finished' || run.status === 'failed')) advance(id);
      else news.tell(id);
    }
  });

  const groupSelection = (id: string): { group: string } => ({
    group: openStudy(library, id).group,
  });

  return {
    begin: () => {
      for (const id of running()) advance(id);
    },
    close: () => {
      lifetime.abort();
      endHub();
      news.close();
    },
    handlers: {
      'studies.catalog': () =>
        Promise.resolve({
          studies: aboutStudies(),
          quickData: QUICK_DATA,
        }),
      'studies.list': () => Promise.resolve({ studies: library.studies.list().map(studyRow) }),
      'studies.get': ({ id }) => Promise.resolve(studyDetail(parts, id, busyOf(id))),
      'studies.cost': async ({ name, setting }, { signal }) => {
        const settled = await settleStudy(parts, name, setting, signal);
        const { hasNvidiaDriver } = await cheapFacts();
        return costOfStudy(settled, hasNvidiaDriver ? undefined : os.availableParallelism());
      },
      'studies.start': async ({ name, setting }, { signal }) => {
        const settled = await settleStudy(parts, name, setting, signal);
        const id = makeStudy(library, settled);
        advance(id);
        return { id };
      },
      'studies.pause': ({ id }) => {
        library.studies.setStatus(id, 'paused');
        scheduler.pause(groupSelection(id));
        news.tell(id);
        return Promise.resolve({});
      },
      'studies.resume': ({ id }) => {
        busyOf(id).clear();
        library.studies.setStatus(id, 'running');
        // Runs that have ended refuse, and need not go on.
        scheduler.resume(groupSelection(id));
        advance(id);
        return Promise.resolve({});
      },
      'studies.delete': ({ id }) => {
        const { status } = library.studies.get(id);
        if (status === 'running') {
          throw inputError('study-is-running', 'Pause the study before you delete it.');
        }
        library.studies.delete(id);
        busy.delete(id);
        news.tell(id);
        return Promise.resolve({});
      },
      'studies.events': (_input, { signal, emit }) =>
        news.follow(signal, (id) => void emit({ id }, { latest: id })),
      'probes.list': ({ run: id }) => {
        const run = library.runs.get(id);
        const judged = judgedCheckpoint(run);
        const architecture = RunSpec.safeParse(run.spec).data?.architecture;
        const asked = { family: run.family, architecture };
        return Promise.resolve({
          kinds: MEASUREMENTS.filter((one) => canMeasure(one, asked)).map((about) => ({
            ...about,
          })),
          probes: listProbes(library, run.id).map((result) => ({
            kind: result.values.kind,
            spec: result.spec,
            other: result.other ?? null,
            step: result.checkpoint?.step ?? null,
            isCurrent: result.checkpoint === null || result.checkpoint.sha256 === judged?.sha256,
            at: result.at,
            elapsedMs: result.elapsedMs,
            finding: findingOf(result.values),
          })),
        });
      },
      'probes.run': async ({ run, probe, other }, { signal }) => {
        const request = { run, probe: ProbeSpec.parse(probe), other };
        if (knownProbe(parts, request) !== undefined) return {};
        await submitProbe(request, undefined, () => undefined, signal);
        return {};
      },
    },
  };

  function costOfStudy(settled: SettledStudy, cores: number | undefined): StudyCost {
    const { kept, plan, counts } = settled;
    const { facts, fingerprint } = kept;
    const reused = findFitting(library, plan.runs, fingerprint);
    const open = plan.runs.filter(({ key }) => !reused.has(key));
    const data = {
      input: facts.input,
      classes: Array.from({ length: facts.classes }, (_, i) => `${i}`),
      counts: { train: facts.examples, val: 0, test: 0 },
    };
    const measuringMs = measuringTime({
      ...{ parts, settled, reused },
      trainingMsOf: ({ spec: { architecture, recipe } }) => {
        const { macs } = costOf(workloadOf({ architecture, recipe }, data));
        return estimateEpoch({ macs, batch: recipe.batch, examples: 1 }, speeds(), cores)?.epochMs;
      },
    });
    let [steps, trainingMs, memoryBytes] = [0, 0, 0];
    let from: StudyCost['from'] = null;
    for (const { spec } of open) {
      const { architecture, recipe } = spec;
      const cost = costOf(workloadOf({ architecture, recipe }, data));
      memoryBytes = Math.max(memoryBytes, cost.totalBytes);
      const { length, batch } = recipe;
      const own =
        length.kind === 'steps' ? length.steps : Math.ceil((length.epochs * counts.train) / batch);
      steps += own;
      const work = { macs: cost.macs, batch, examples: own * batch };
      const time = estimateEpoch(work, speeds(), cores);
      trainingMs += time?.epochMs ?? Number.NaN;
      from = time?.from ?? null;
    }
    return {
      runs: plan.runs.length,
      reused: reused.size,
      probes: plan.probes.length,
      steps,
      trainingMs: Number.isFinite(trainingMs) ? trainingMs : null,
      measuringMs: measuringMs ?? null,
      from,
      memoryBytes,
    };
  }
}
