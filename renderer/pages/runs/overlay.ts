// Which curves the chosen runs give: one a run, or mean and band over the seeds of a group. Pure.
import { sharedName } from '../../../shared/compare/shared-name.ts';
import type { RunLook } from '../../../shared/compare/run-looks.ts';
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import { smoothingFor, type Smoothing } from '../../../shared/curves/smooth.ts';
import type { XKind } from '../../../shared/curves/x-axis.ts';
import type { CurveMemory } from '../../charts/curve-memory.ts';
import type { ChosenRuns } from '../../charts/curve-pool.svelte.ts';
import type { CurvesByKey } from '../../charts/curve-source.svelte.ts';
import type { Curve } from '../../charts/curve.ts';

export interface Bundle {
  readonly id: string;
  readonly label: string;
  readonly look: RunLook;
  readonly runs: readonly RunRow[];
}

/** One bundle a run, or with `keyOf` one for all runs that it gives the same key. */
export function bundlesOf(
  runs: readonly RunRow[],
  lookOf: (run: RunRow) => RunLook,
  keyOf?: (run: RunRow) => string,
): Bundle[] {
  const bundles = new Map<string, RunRow[]>();
  for (const run of runs) {
    const key = keyOf?.(run) ?? run.id;
    const members = bundles.get(key);
    if (members) members.push(run);
    else bundles.set(key, [run]);
  }
  const named = [...bundles].flatMap(([id, members]): Bundle[] => {
    const [first] = members;
    if (!first) return [];
    const label =
      members.length === 1
        ? first.name
        : sharedName(
            members.map(({ name }) => name),
            first.architecture,
          );
    return [{ id, label, look: lookOf(first), runs: members }];
  });
  const isTaken = (bundle: Bundle): boolean =>
    named.some((other) => other !== bundle && other.label === bundle.label);
  // Seeds that were started together have one name.
  return named.map((bundle) => {
    const [only, ...others] = bundle.runs;
    if (!only || others.length > 0 || !isTaken(bundle)) return bundle;
    return { ...bundle, label: `${bundle.label} seed ${only.seed}` };
  });
}

/** The groups of the newest runs, with all their seeds, until there are at least `count` runs. */
export function newestGroups(newestFirst: readonly RunRow[], count: number): RunRow[] {
  const keys = new Set<string>();
  let runs = 0;
  for (const run of newestFirst) {
    const key = seedKey(run);
    if (keys.has(key)) continue;
    if (runs >= count) break;
    keys.add(key);
    runs += newestFirst.filter((other) => seedKey(other) === key).length;
  }
  return newestFirst.filter((run) => keys.has(seedKey(run)));
}

/** Seeds of one spec: same group, same network. */
export function seedKey(run: RunRow): string {
  return run.group === null ? run.id : `${run.group}\n${run.architecture}`;
}

/** Runs of different hours have no mean on the wall clock. */
export function canAverage(x: XKind): boolean {
  return x !== 'clock';
}

/** What the host is asked for. */
export function chosenRuns({ id, runs }: Bundle): Pick<ChosenRuns, 'key' | 'runs'> {
  return { key: id, runs: runs.map((run) => run.id) };
}

export function overlayCurves(
  bundles: readonly Bundle[],
  series: string,
  options: {
    readonly curvesOf: (chosen: Pick<ChosenRuns, 'key' | 'runs'>) => CurvesByKey | undefined;
    readonly smoothing: Smoothing;
    readonly memory: CurveMemory;
  },
): Curve[] {
  const { curvesOf, smoothing, memory } = options;
  const curves = bundles.flatMap((bundle): Curve[] => {
    const { id, label, look } = bundle;
    const chosen = chosenRuns(bundle);
    const data = curvesOf(chosen)?.get(series);
    if (!data) return [];
    const origin = {
      runs: chosen.runs.slice(),
      series,
      smoothing: smoothingFor(series, smoothing),
    };
    const name = { id, label, colour: look.colour, isDashed: look.isDashed, origin };
    return [memory.curve(name, data)];
  });
  memory.keepOnly(new Set(curves.map(({ id }) => id)));
  return curves;
}
