// A study of the library: made, its planned runs matched with runs, and what they have found so far.
// Everything follows from the library, so whoever takes a study up again needs nothing else.
import { z } from 'zod';
import { inputError } from '../../../shared/errors.ts';
import { StudySetting, type StudyDetail, type StudyRow } from '../../../shared/contract/studies.ts';
import { STUDY_STATUSES } from '../../../shared/contract/studies.ts';
import { experimentKey } from '../../../shared/compare/groups.ts';
import { familyOf } from '../../../shared/spec/autoencoder.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { StudyRecord } from '../../store/studies.ts';
import { createRunId } from '../../store/run-id.ts';
import { getStudy } from '../../studies/catalog.ts';
import type {
  Found,
  Measured,
  PlannedProbe,
  PlannedRun,
  RunOutcome,
  Study,
  StudyPlan,
} from '../../studies/study.ts';
import { partsOf, type PartedSeries } from '../../studies/training-parts.ts';
import { currentData, outlineData, rememberDataset, settledData } from '../dataset-outline.ts';
import { withCurrentDecisions } from '../decisions.ts';
import type { HostParts } from '../host-parts.ts';
import { knownProbe, type ProbeRequest } from '../probe-run.ts';

const Kept = z.object({
  setting: StudySetting,
  facts: z.object({
    input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
    classes: z.int(),
    examples: z.int(),
  }),
  fingerprint: z.string(),
});

export type KeptSetting = z.output<typeof Kept>;

export interface KeptStudy {
  readonly record: StudyRecord;
  readonly study: Study;
  readonly kept: KeptSetting;
  readonly plan: StudyPlan;
  /** What its own runs are grouped by. */
  readonly group: string;
}

/** A study that may be made. */
export interface SettledStudy {
  readonly study: Study;
  readonly kept: KeptSetting;
  readonly plan: StudyPlan;
  /** Images of each split. */
  readonly counts: Readonly<Record<'train' | 'val' | 'test', number>>;
  /** Notes the dataset in the library. */
  readonly remember: () => void;
}

/** Settles the data and looks at it; nothing is written. */
export async function settleStudy(
  parts: HostParts,
  name: string,
  given: StudySetting,
  signal?: AbortSignal,
): Promise<SettledStudy> {
  const { library } = parts;
  const study = getStudy(name);
  requireOfFamily(study, given.network);
  const current = await withCurrentDecisions(library, currentData(library, given.data));
  const outline = await outlineData(current, { cacheFolder: library.cacheFolder, signal });
  const setting = StudySetting.parse({ ...given, data: settledData(current, outline) });
  const { train, val } = outline.counts;
  const facts = {
    input: outline.input,
    classes: outline.classes.length,
    examples: train + val,
  };
  return {
    study,
    kept: { setting, facts, fingerprint: outline.fingerprint },
    plan: study.plan(setting, facts),
    counts: outline.counts,
    remember: () => rememberDataset(library, outline),
  };
}

/** @throws inputError `other-family` */
function requireOfFamily(
  { family = 'classifier', title }: Study,
  network: StudySetting['network'],
): void {
  if (network === undefined || familyOf(network) === family) return;
  const needed = family === 'autoencoder' ? 'an autoencoder, such as vae28' : 'a classifier';
  throw inputError(
    'other-family',
    `The study “${title}” trains ${family}s, but ${network.name} is ${familyOf(network) === 'autoencoder' ? 'an autoencoder' : 'a classifier'}. Choose ${needed}.`,
    { path: 'network' },
  );
}

/** Makes a study of the library, which runs from now on. */
export function makeStudy(library: Library, { study, kept, remember }: SettledStudy): string {
  return library.transaction(() => {
    remember();
    const id = createRunId().replace(/^r/, 's');
    library.studies.create({ id, name: study.name, setting: kept });
    return id;
  });
}

/** @throws inputError `no-such-study`, `study-of-other-version` */
export function openStudy(library: Library, id: string): KeptStudy {
  const record = library.studies.get(id);
  const parsed = Kept.safeParse(record.setting);
  if (!parsed.success) {
    throw inputError(
      'study-of-other-version',
      `The settings of the study ${id} were written by another version of ResNet Lab. Begin it anew; its finished runs are taken.`,
    );
  }
  const study = getStudy(record.name);
  return {
    record,
    study,
    kept: parsed.data,
    plan: planOf(library, id, { study, kept: parsed.data }),
    group: groupOf(study, id),
  };
}

/** Planning solves for widths and builds networks; a page asks once a second. */
const plans = new WeakMap<Library, Map<string, StudyPlan>>();

function planOf(
  library: Library,
  id: string,
  { study, kept }: { readonly study: Study; readonly kept: KeptSetting },
): StudyPlan {
  const known = plans.get(library) ?? new Map<string, StudyPlan>();
  plans.set(library, known);
  // A study's setting never changes.
  const plan = known.get(id) ?? study.plan(kept.setting, kept.facts);
  known.set(id, plan);
  return plan;
}

export function groupOf(study: Study, id: string): string {
  return `${study.title} ${id.slice(-4)}`;
}

/** A planned run with the run that stands for it; undefined if there is none, or it was deleted. */
export interface MatchedRun {
  readonly planned: PlannedRun;
  readonly run: RunRecord | undefined;
  readonly isReused: boolean;
}

export function matchedRuns(library: Library, { record, plan }: KeptStudy): MatchedRun[] {
  const links = new Map(library.studies.links(record.id).map((link) => [link.key, link]));
  return plan.runs.map((planned) => {
    const link = links.get(planned.key);
    const run = link === undefined ? undefined : library.runs.find(link.run);
    const isThere = run !== undefined && run.deletedAt === null;
    return { planned, run: isThere ? run : undefined, isReused: link?.isReused === true };
  });
}

/** Links finished runs of the library that are what is planned. Returns how many. */
export function reuseRuns(library: Library, kept: KeptStudy): number {
  const open = matchedRuns(library, kept).filter(({ run }) => run === undefined);
  const fitting = findFitting(
    library,
    open.map(({ planned }) => planned),
    kept.kept.fingerprint,
  );
  for (const [key, run] of fitting)
    library.studies.link(kept.record.id, { key, run, isReused: true });
  return fitting.size;
}

/** Finished runs by the key of the planned run that they are: same spec, data and seed. */
export function findFitting(
  library: Library,
  planned: readonly PlannedRun[],
  fingerprint: string,
): Map<string, string> {
  const wanted = new Map(
    planned.map(({ key, spec }) => [`${spec.seed} ${experimentKey(spec, fingerprint)}`, key]),
  );
  const seeds = new Set(planned.map(({ spec }) => spec.seed));
  const found = new Map<string, string>();
  const { runs } = library.runs.list({ status: ['finished'], dataFingerprint: fingerprint });
  for (const { id, seed } of runs) {
    if (!seeds.has(seed)) continue;
    const parsed = RunSpec.safeParse(library.runs.get(id).spec);
    if (!parsed.success) continue;
    const key = wanted.get(`${seed} ${experimentKey(parsed.data, fingerprint)}`);
    if (key !== undefined && !found.has(key)) found.set(key, id);
  }
  return found;
}

/** One measurement of a planned probe: of which run and checkpoint. */
export interface ProbeTask {
  readonly planned: PlannedProbe;
  readonly request: ProbeRequest;
  readonly step: number;
}

/** Of the runs that have finished. */
export function probeTasks(plan: StudyPlan, matched: readonly MatchedRun[]): ProbeTask[] {
  const finished = new Map(
    matched.flatMap(({ planned, run }) => (run?.status === 'finished' ? [[planned.key, run]] : [])),
  );
  return plan.probes.flatMap((planned): ProbeTask[] => {
    const run = finished.get(planned.run);
    const other = planned.other === undefined ? undefined : finished.get(planned.other);
    if (run === undefined || (planned.other !== undefined && other === undefined)) return [];
    const request = { run: run.id, probe: planned.probe, other: other?.id };
    if (planned.checkpoint === 'start') {
      return [{ planned, request: { ...request, checkpoint: 'start' }, step: 0 }];
    }
    if (planned.checkpoint !== 'kept') {
      const { best, last } = run.checkpoints;
      return [{ planned, request, step: (best ?? last)?.step ?? 0 }];
    }
    const { kept = [], last } = run.checkpoints;
    const steps = [...new Set([...kept, ...(last ? [last] : [])].map(({ step }) => step))];
    return steps
      .sort((a, b) => a - b)
      .map((step) => ({ planned, request: { ...request, checkpoint: step }, step }));
  });
}

/** What is known of the plan's runs and measurements. */
export function foundSoFar(parts: Pick<HostParts, 'library'>, kept: KeptStudy): Found {
  const matched = matchedRuns(parts.library, kept);
  const runs = new Map<string, RunOutcome>();
  for (const { planned, run } of matched) {
    if (run?.status === 'finished') runs.set(planned.key, outcomeOf(run));
  }
  const probes = new Map<string, Measured[]>();
  for (const { planned, request, step } of probeTasks(kept.plan, matched)) {
    const result = knownProbe(parts, request);
    if (result === undefined) continue;
    const others = probes.get(planned.key) ?? [];
    probes.set(planned.key, [...others, { step, values: result.values }]);
  }
  const ids = new Map([...runs].map(([key, { id }]) => [key, id]));
  return {
    runs,
    probes,
    series: (key, name) => {
      const id = ids.get(key);
      return id === undefined ? undefined : seriesOf(parts.library, id, name);
    },
  };
}

/** Of finished runs, whose series change no more: a page asks once a second. */
const parted = new WeakMap<Library, Map<string, PartedSeries | undefined>>();

function seriesOf(library: Library, id: string, name: string): PartedSeries | undefined {
  const known = parted.get(library) ?? new Map<string, PartedSeries | undefined>();
  parted.set(library, known);
  const run = library.runs.get(id);
  const key = `${id} ${run.step} ${name}`;
  if (known.has(key)) return known.get(key);
  const series = library.series.readUntimed(id, name);
  const found = series && partsOf(series, Math.max(1, run.step));
  known.set(key, found);
  return found;
}

function outcomeOf({ id, metrics, elapsedMs }: RunRecord): RunOutcome {
  const number = (name: string): number => metrics[name] ?? Number.NaN;
  return {
    id,
    trainError: 1 - number('lastTrainAccuracy'),
    trainLoss: number('lastTrainLoss'),
    testError: 1 - number('lastValAccuracy'),
    valLoss: number('bestValLoss'),
    elapsedMs,
    parameters: number('parameters'),
    macs: number('macs'),
  };
}

export function studyRow(record: StudyRecord): StudyRow {
  const status = STUDY_STATUSES.find((known) => known === record.status) ?? 'failed';
  const { id, name, error, createdAt, finishedAt } = record;
  return {
    id,
    name,
    setting: Kept.parse(record.setting).setting,
    status,
    error,
    createdAt,
    finishedAt,
  };
}

/** A planned probe that is being measured, or could not be. */
export interface Measuring {
  readonly message: string;
  readonly error?: string;
}

/** `measuring`: by planned probe. */
export function studyDetail(
  parts: Pick<HostParts, 'library'>,
  id: string,
  measuring: ReadonlyMap<string, Measuring> = new Map(),
): StudyDetail {
  const kept = openStudy(parts.library, id);
  const { plan, study, record } = kept;
  const matched = matchedRuns(parts.library, kept);
  const found = foundSoFar(parts, kept);
  const tasks = probeTasks(plan, matched);
  return {
    ...studyRow(record),
    runs: matched.map(({ planned, run, isReused }) => ({
      key: planned.key,
      label: planned.label,
      seed: planned.spec.seed,
      run: run?.id ?? null,
      status: run?.status ?? 'planned',
      fraction: run === undefined ? 0 : Math.min(1, run.step / Math.max(1, run.totalSteps)),
      isReused,
    })),
    probes: plan.probes.map((planned) => {
      const own = tasks.filter((task) => task.planned.key === planned.key);
      const done = found.probes.get(planned.key)?.length ?? 0;
      const now = measuring.get(planned.key);
      const isDone = own.length > 0 && done >= own.length;
      return {
        key: planned.key,
        kind: planned.probe.kind,
        run: own[0]?.request.run ?? null,
        label: planned.key,
        status: isDone
          ? ('done' as const)
          : now === undefined
            ? ('waiting' as const)
            : now.error === undefined
              ? ('running' as const)
              : ('failed' as const),
        ...(now === undefined || isDone ? {} : { message: now.error ?? now.message }),
      };
    }),
    summary: study.summarize(plan, found),
  };
}
