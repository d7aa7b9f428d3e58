// Curves for charts: what is asked for, and what is drawn. The host has every point, so it smooths and
// averages; a page only draws.
import { z } from 'zod';
import { query } from '../../rpc/definition.ts';
import { X_KINDS } from '../../curves/x-axis.ts';
import { SPREADS } from '../../stats/summary.ts';
import { RunId } from './common.ts';

export const Smoothing = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('ema'), weight: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('gaussian'), width: z.number().min(0).max(0.5) }),
]);

export const CurveX = z.enum(X_KINDS.map(({ kind }) => kind));

/**
 * One curve. Of several runs it is the mean of those that finished, one of each seed; of those without a
 * finished one the mean of what there is. The others are drawn thin.
 */
export const CurveRequest = z.object({
  runs: z.array(RunId).min(1).max(1000),
  series: z.string().max(200),
  /** Of a series with a number for each unit: which one. */
  component: z.string().max(200).optional(),
  /** The values, or images a second from the times between them. */
  reading: z.enum(['value', 'throughput']).default('value'),
  smoothing: Smoothing,
  x: CurveX,
  spread: z.enum(SPREADS).default('sd'),
  /** What is drawn of several seeds besides their mean. */
  drawn: z.enum(['band', 'traces', 'both']).default('band'),
  /** Of each line; every point without. */
  maxPoints: z.int().min(20).optional(),
  /** The part of x that is wanted, in its unit, and a point beyond either end. */
  range: z.object({ min: z.number(), max: z.number() }).nullable().optional(),
});

const Places = z.instanceof(Float64Array);
const Values = z.instanceof(Float32Array);
const Line = z.object({ x: Places, y: Values });

export const CurveData = z.object({
  mark: z.string(),
  line: Line,
  raw: Line.nullable(),
  band: z.object({ low: Values, high: Values, half: Values }).nullable(),
  n: z.int(),
  total: z.int(),
  thin: z.array(z.object({ run: RunId, isCounted: z.boolean(), line: Line, raw: Line.nullable() })),
  isThinned: z.boolean(),
});

export const curves = {
  /** In the order asked for; null where no run has such points on this axis. */
  'curves.read': query(
    z.object({ curves: z.array(CurveRequest).max(1000) }),
    z.object({ curves: z.array(CurveData.nullable()) }),
  ),
} as const;

export type CurveRequest = z.output<typeof CurveRequest>;
export type CurveQuery = z.input<typeof CurveRequest>;
