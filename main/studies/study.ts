// What a study is: a question, a plan of runs and measurements, and what follows from them. A study's
// folder holds nothing else; whoever executes a plan (main/host) knows no study, and pages and reports
// draw any summary. Pure.
import type { StudySummary } from '../../shared/contract/findings.ts';
import type {
  ProbeInput,
  ProbeKind,
  ProbeValues,
  ProbeValuesOf,
} from '../../shared/contract/probes.ts';
import type { StudyAbout, StudySetting } from '../../shared/contract/studies.ts';
import type { Family } from '../../shared/spec/autoencoder.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { PartedSeries } from './training-parts.ts';

/** What a plan has to know of the data. */
export interface StudyFacts {
  readonly input: InputShape;
  readonly classes: number;
}

export interface PlannedRun {
  /** Unique in the plan. */
  readonly key: string;
  /** What it stands for: runs with the same label differ in the seed only. */
  readonly label: string;
  /** Where it stands on an axis, e.g. its depth. */
  readonly place: number;
  readonly spec: RunSpec;
}

export interface PlannedProbe {
  readonly key: string;
  /** Of the planned run. */
  readonly run: string;
  /** The planned run that is compared with. */
  readonly other?: string;
  readonly probe: ProbeInput;
  /**
   * `kept`: each checkpoint that the run kept, and its last; `start`: the weights that it begins with; left out: the
   * checkpoint that stands for the run.
   */
  readonly checkpoint?: 'kept' | 'start';
}

export interface StudyPlan {
  readonly runs: readonly PlannedRun[];
  readonly probes: readonly PlannedProbe[];
}

/** A planned run that has finished. Numbers that are not known are NaN. */
export interface RunOutcome {
  readonly id: string;
  /** Over its last 50 steps. */
  readonly trainError: number;
  readonly trainLoss: number;
  /** After its last step, on the validation split. */
  readonly testError: number;
  /** The lowest on the validation split. */
  readonly valLoss: number;
  readonly elapsedMs: number;
  readonly parameters: number;
  readonly macs: number;
}

/** One for each checkpoint that was measured, in the order of steps. */
export interface Measured {
  readonly step: number;
  readonly values: ProbeValues;
}

export interface Found {
  readonly runs: ReadonlyMap<string, RunOutcome>;
  readonly probes: ReadonlyMap<string, readonly Measured[]>;
  /** A series of a finished planned run; undefined if it has none of the name. */
  series(run: string, name: string): PartedSeries | undefined;
}

export interface Study extends StudyAbout {
  /** The networks that it trains; left out: classifiers. */
  readonly family?: Family;
  /** @throws inputError where the setting does not suit the study */
  plan(setting: StudySetting, facts: StudyFacts): StudyPlan;
  /** Also of what is found so far: then inconclusive. */
  summarize(plan: StudyPlan, found: Found): StudySummary;
}

/** The finished runs of a plan with their outcome, by label, in the order of the plan. */
export function outcomesByLabel(
  plan: StudyPlan,
  { runs }: Found,
): Map<string, (PlannedRun & { readonly outcome: RunOutcome })[]> {
  const found = new Map<string, (PlannedRun & { readonly outcome: RunOutcome })[]>();
  for (const run of plan.runs) {
    const outcome = runs.get(run.key);
    if (outcome === undefined) continue;
    found.set(run.label, [...(found.get(run.label) ?? []), { ...run, outcome }]);
  }
  return found;
}

/** Measurements of one kind with the planned run that they are of. */
export function measuredOf<Kind extends ProbeKind>(
  plan: StudyPlan,
  found: Found,
  kind: Kind,
): { run: PlannedRun; step: number; values: ProbeValuesOf<Kind> }[] {
  return plan.probes.flatMap((planned) => {
    const run = plan.runs.find(({ key }) => key === planned.run);
    if (!run) return [];
    return (found.probes.get(planned.key) ?? []).flatMap(({ step, values }) =>
      isOfKind(values, kind) ? [{ run, step, values }] : [],
    );
  });
}

function isOfKind<Kind extends ProbeKind>(
  values: ProbeValues,
  kind: Kind,
): values is ProbeValuesOf<Kind> {
  return values.kind === kind;
}
