// Which curves the chosen runs give: one a run, or mean and band over the seeds of a group. Pure.
import { sharedName } from '../../../shared/compare/shared-name.ts';
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import { curveOf, groupCurve, type Curve } from '../../charts/curve.ts';
import { pointsOf, xContextOf } from '../../../shared/curves/run-curves.ts';
import type { SeriesByName } from '../../charts/series-source.svelte.ts';
import type { ChartSettings } from '../../charts/linked-view.svelte.ts';
import { CurveMemory } from './curve-memory.ts';
import type { RunLook } from '../../state/run-looks.ts';

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

/** Seeds of one spec: same group, same network. */
export function seedKey(run: RunRow): string {
  return run.group === null ? run.id : `${run.group}\n${run.architecture}`;
}

export function overlayCurves(
  bundles: readonly Bundle[],
  name: string,
  seriesOf: (id: string) => SeriesByName | undefined,
  settings: ChartSettings,
  memory = new CurveMemory(),
): Curve[] {
  const curves = bundles.flatMap(({ id, label, look, runs }): Curve[] => {
    const found = runs.flatMap((run) => {
      const series = seriesOf(run.id)?.get(name);
      return series && series.steps.length > 0
        ? [{ id: run.id, series, context: xContextOf(run) }]
        : [];
    });
    if (found.length === 0) return [];
    const origin = { runs: found.map((one) => one.id), series: name };
    const named = { id, label, colour: look.series, isDashed: look.isDashed, origin };
    const smoothing = isExact(name) ? ({ kind: 'none' } as const) : settings.smoothing;
    const made = (): Curve | undefined => {
      const members = found.flatMap(({ series, context }) => {
        const points = pointsOf(series, settings.x, context);
        return points ? [points] : [];
      });
      const [only] = members;
      if (!only) return undefined;
      return members.length === 1
        ? curveOf({ ...named, ...only }, smoothing)
        : groupCurve(named, members, smoothing);
    };
    const contexts = settings.x === 'step' ? [] : found.map(({ context }) => context);
    const curve = memory.curve(
      id,
      {
        series: found.map(({ series }) => series),
        settings: JSON.stringify([named, settings.x, smoothing, contexts]),
      },
      made,
    );
    return curve ? [curve] : [];
  });
  memory.keepOnly(new Set(curves.map(({ id }) => id)));
  return curves;
}

/** Evaluations are few, and a rate is what it is; smoothing would only bend them. */
function isExact(name: string): boolean {
  return name.startsWith('val/') || name === 'train/rate';
}
