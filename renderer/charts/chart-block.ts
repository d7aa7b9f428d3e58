// A chart as a report shows it: where its curves' points come from, and how they are looked at. Pure.
import type { LinesBlock } from '../../shared/contract/app/reports.ts';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import type { SpreadKind } from '../../shared/stats/summary.ts';
import type { Curve } from './curve.ts';
import type { ChartSettings } from './linked-view.svelte.ts';

export interface ChartState {
  readonly title: string;
  readonly yTitle: string;
  readonly settings: ChartSettings;
  readonly range: AxisRange | null;
  readonly isLogY: boolean;
  readonly isShare: boolean;
  readonly spread: SpreadKind;
  readonly drawn: LinesBlock['drawn'];
}

/** Undefined where a curve does not say where it comes from, or there is none. */
export function chartBlock(
  curves: readonly Curve[],
  state: ChartState,
): Omit<LinesBlock, 'id'> | undefined {
  const { title, yTitle, settings, range, isLogY, isShare, spread, drawn } = state;
  const written = curves.flatMap(({ label, colour, isDashed, origin }) =>
    origin === undefined
      ? []
      : [
          {
            ...{ label: label.slice(0, 500), colour, isDashed },
            ...{ ...origin, runs: [...origin.runs] },
            reading: origin.reading ?? ('value' as const),
            besides: [],
          },
        ],
  );
  if (written.length === 0 || written.length < curves.length) return undefined;
  return {
    kind: 'lines',
    ...{ title: title.slice(0, 300), yTitle, curves: written, range },
    ...{ x: settings.x, isLogX: settings.xScale === 'log', isLogY },
    ...{ isClipped: settings.isClipped, isShare, spread, drawn },
  };
}
