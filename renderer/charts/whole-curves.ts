// Every point of the curves of a chart, for a file: the host is asked again, since a chart has only what
// it draws. Curves that are no series of runs are all there.
import type { Host } from '../client/host.ts';
import type { CsvCurve } from './chart-csv.ts';
import type { Curve } from './curve.ts';
import type { CurveView } from './curve-source.svelte.ts';

export async function wholeCurves(
  host: Host,
  curves: readonly Curve[],
  view: Omit<CurveView, 'smoothing'>,
): Promise<CsvCurve[]> {
  const whole: CsvCurve[] = [];
  // One after the other: together they may be larger than a message should be.
  for (const curve of curves) whole.push(...(await wholeCurve(host, curve, view)));
  return whole;
}

async function wholeCurve(
  host: Host,
  { label, line, origin, n }: Curve,
  view: Omit<CurveView, 'smoothing'>,
): Promise<CsvCurve[]> {
  if (!origin) return [{ label, line, raw: null, band: null, n }];
  const { runs, ...what } = origin;
  const { curves } = await host.call('curves.read', {
    curves: [{ ...what, ...view, runs: [...runs] }],
  });
  const [read] = curves;
  if (!read) return [];
  const thin = read.thin.map((one): CsvCurve => ({
    ...{ label: `${label} (${one.run})`, line: one.line, raw: one.raw, band: null, n: 1 },
  }));
  return [{ label, line: read.line, raw: read.raw, band: read.band, n: read.n }, ...thin];
}
