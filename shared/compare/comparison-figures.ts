// The charts of a comparison as figures: accuracy against cost, error by depth, parallel coordinates.
// Pure; which colour a group has is the caller's.
import type { FigurePoint, ScatterFigure } from '../figures/scatter-figure.ts';
import type { ParallelAxis, ParallelFigure } from '../figures/parallel-figure.ts';
import { formatCount, formatExact } from '../format.ts';
import { spreadEnds, type SpreadKind, type Summary } from '../stats/summary.ts';
import type { ComparedRun } from './compared-run.ts';
import { spreadText } from './comparison-table.ts';
import { groupSummary, specOfGroup, type RunGroup } from './groups.ts';
import { metricMeasure, type Measure } from './measure.ts';
import { paretoFront } from './pareto.ts';
import type { LookOf } from './run-looks.ts';
import { differencesOf } from './difference-text.ts';

/** Costs from a few hundred to a few billion need a logarithmic axis. */
const LOG_RATIO = 20;

export function costFigure(
  groups: readonly RunGroup[],
  options: {
    readonly cost: Measure;
    readonly quality: Measure;
    readonly spread: SpreadKind;
    readonly lookOf: LookOf;
  },
): ScatterFigure {
  const { cost, quality, spread, lookOf } = options;
  const points = groups.flatMap((group): FigurePoint[] => {
    const x = groupSummary(group, cost);
    const y = groupSummary(group, quality);
    if (!x || !y) return [];
    const tip = `${group.label}: ${spreadText(y, quality, spread)}, ${cost.title.toLowerCase()} ${spreadText(x, cost, spread)}, n = ${y.n}`;
    const { colour } = lookOf(group);
    return [
      {
        label: group.label,
        tip,
        colour,
        isHollow: false,
        x: x.mean * cost.axisFactor,
        ...ends(y, quality, spread),
      },
    ];
  });
  const xs = points.map(({ x }) => x).filter((x) => x > 0);
  return {
    label: `${quality.title} against ${cost.title.toLowerCase()}`,
    xTitle: cost.axis,
    yTitle: quality.axis,
    isLogX: xs.length > 0 && Math.max(...xs) > LOG_RATIO * Math.min(...xs),
    formatX: formatCount,
    points,
    front: quality.better === 0 ? [] : paretoFront(points, quality.better),
    hasLabels: true,
  };
}

function ends(
  summary: Summary,
  { axisFactor, bounds }: Measure,
  spread: SpreadKind,
): Pick<FigurePoint, 'y' | 'low' | 'high'> {
  const [low, high] = spreadEnds(summary, spread);
  return {
    y: summary.mean * axisFactor,
    low: Math.max(bounds.low, low) * axisFactor,
    high: Math.min(bounds.high, high) * axisFactor,
  };
}

const valError = errorOf(metricMeasure('val/accuracy', 'final'));
const trainError = errorOf(metricMeasure('train/accuracy', 'last'));

function errorOf(accuracy: Measure): Measure {
  return {
    ...accuracy,
    title: accuracy.title.replace('accuracy', 'error'),
    axis: 'Error (%)',
    better: -1,
    read: (run) => {
      const value = accuracy.read(run);
      return value === null ? null : 1 - value;
    },
  };
}

/** What runs of one line in a figure by depth share: all that matters but the number of blocks. */
function depthFamily({ spec, run }: ComparedRun): string {
  if (spec === null) return run.id;
  const architecture = {
    ...spec.architecture,
    name: '',
    stages: spec.architecture.stages.map((stage) => ({ ...stage, blocks: 0 })),
  };
  // What is watched and kept changes nothing that is trained.
  const recipe = { ...spec.recipe, name: '', diagnosticsEvery: 0, checkpoints: undefined };
  return JSON.stringify([architecture, recipe, run.dataFingerprint]);
}

/**
 * Figure 1 of He et al. 2015: filled validation, hollow training. A line joins networks that differ only
 * in their depth: trained on the same data, under the same recipe.
 */
export function depthFigure(
  groups: readonly RunGroup[],
  options: { readonly spread: SpreadKind; readonly lookOf: LookOf },
): ScatterFigure {
  const { spread, lookOf } = options;
  const points: FigurePoint[] = [];
  const families = new Map<string, { at: number; depth: number }[]>();
  for (const group of groups) {
    const first = group.members[0]?.run;
    if (!first || first.depth === null) continue;
    for (const [measure, isHollow] of [
      [valError, false],
      [trainError, true],
    ] as const) {
      const summary = groupSummary(group, measure);
      if (!summary) continue;
      const words = isHollow ? 'training' : 'validation';
      const family = `${words} ${depthFamily(first)}`;
      const known = families.get(family) ?? [];
      families.set(family, [...known, { at: points.length, depth: first.depth }]);
      const name = `${group.label}, ${words}`;
      points.push({
        label: isHollow ? '' : group.label,
        tip: `${name}: ${spreadText(summary, measure, spread)} at ${first.depth} layers, n = ${summary.n}`,
        colour: lookOf(group).colour,
        isHollow,
        x: first.depth,
        ...ends(summary, measure, spread),
      });
    }
  }
  return {
    label: 'Training and validation error by depth',
    xTitle: 'Layers on the main path',
    yTitle: 'Error (%) · filled: validation, hollow: training',
    isLogX: false,
    formatX: (value) => String(Number(value.toPrecision(4))),
    points,
    lines: [...families.values()].map((members) =>
      members.toSorted((a, b) => a.depth - b.depth).map(({ at }) => at),
    ),
    hasLabels: true,
  };
}

/** More axes than this can't be read; the first that differ are shown. */
const MOST_AXES = 7;

export function parallelFigure(
  groups: readonly RunGroup[],
  options: { readonly measure: Measure; readonly lookOf: LookOf },
): ParallelFigure {
  const { measure, lookOf } = options;
  const specs = groups
    .map(({ members }) => members[0]?.run.spec)
    .map((spec) => (spec ? specOfGroup(spec) : {}));
  const axes = differencesOf(specs)
    .slice(0, MOST_AXES - 1)
    .map(({ path, name, values, texts }): ParallelAxis => {
      const numbers = values.map((value) => (typeof value === 'number' ? value : null));
      const isNumber = values.every((value) => value === undefined || typeof value === 'number');
      return {
        title: name,
        values: isNumber ? numbers : path === 'data.source' ? dataNames(groups, texts) : texts,
        format: (value) =>
          Number.isInteger(value) ? formatExact(value) : String(Number(value.toPrecision(4))),
      };
    });
  const last: ParallelAxis = {
    title: measure.title,
    values: groups.map((group) => groupSummary(group, measure)?.mean ?? null),
    format: measure.format,
  };
  return {
    label: `Settings and ${measure.title.toLowerCase()}`,
    axes: [...axes, last],
    lines: groups.map((group) => ({ label: group.label, ...lookOf(group) })),
  };
}

/** A path is longer than its axis has room; where names are the same, only paths tell them apart. */
function dataNames(groups: readonly RunGroup[], paths: readonly string[]): readonly string[] {
  const names = groups.map(({ members }) => members[0]?.run.run.dataName ?? '');
  return new Set(names).size < new Set(paths).size ? paths : names;
}
