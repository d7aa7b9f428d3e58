// What the gates of some trained highway networks say. Pure.
import type { FindingFigure, StudySummary } from '../../../shared/contract/findings.ts';
import { formatNorm, formatPercent } from '../../../shared/format.ts';
import { summarize as summarizeValues } from '../../../shared/stats/summary.ts';
import { percentPoint, percentText, pointOf } from '../spread.ts';
import { measuredOf, type Found, type PlannedRun, type StudyPlan } from '../study.ts';
import { isAbove, verdictOf } from '../verdict-rules.ts';
import {
  blockFigure,
  classDifference,
  classFigure,
  fallenBiases,
  meanOver,
  type GateValues,
} from './findings.ts';

/** Lines of more classes would hide each other. */
const SHOWN_CLASSES = 10;

interface Moment {
  readonly step: number;
  readonly values: GateValues;
}

/** One run, measured before its first step and at its last. */
interface Course {
  readonly run: PlannedRun;
  readonly start: GateValues;
  readonly end: GateValues;
  /** In the order of steps. */
  readonly moments: readonly Moment[];
}

export function summarizeGates(plan: StudyPlan, found: Found): StudySummary {
  const courses = coursesOf(plan, found);
  const [first] = courses;
  const shares = (when: 'start' | 'end'): number[] =>
    courses.map((course) => meanOver(course[when], 'classShare'));
  const fallen = courses.map(({ end }) => fallenBiases(end));
  const openness = (when: 'start' | 'end'): string =>
    formatNorm(
      summarizeValues(courses.map((course) => meanOver(course[when], 'openness')))?.mean ??
        Number.NaN,
    );
  return {
    verdict: verdictOf(
      'Reproduced if the class of an image explains more of the variance of the gates between images after training than before it, averaged over blocks (95 % interval of the difference over seeds above 0).',
      [courses.length === plan.runs.length ? isAbove(shares('start'), shares('end')) : 'open'],
      {
        text: `The class explains ${percentText(shares('end'))} after training, ${percentText(shares('start'))} before it.`,
        n: courses.length,
      },
    ),
    sentences: first
      ? [
          `Gates are open by ${openness('start')} before training and ${openness('end')} after it, on average.`,
          `${fallen.map(formatPercent).join(', ')} of the gates’ biases ended below ${formatNorm(first.end.startBias)}, where they began; in the paper’s fully connected networks most did.`,
          'The maps and the lines of classes are of the first seed.',
        ]
      : [],
    figures: first
      ? [timeFigure(first), classFigure(first.end), classesOverTime(first), ...byBlock(courses)]
      : [],
    tables: [
      {
        title: 'Gates before and after training',
        columns: ['Run', 'Openness', 'Explained by the class', 'Biases that fell', 'Error'],
        rows: courses.map(({ run, start, end }) => [
          run.key,
          change(start, end, (values) => formatNorm(meanOver(values, 'openness'))),
          change(start, end, (values) => formatPercent(meanOver(values, 'classShare'))),
          formatPercent(fallenBiases(end)),
          formatPercent(found.runs.get(run.key)?.testError ?? Number.NaN),
        ]),
      },
    ],
  };
}

function coursesOf(plan: StudyPlan, found: Found): Course[] {
  const measured = measuredOf(plan, found, 'gates');
  return plan.runs.flatMap((run) => {
    const moments = measured
      .filter((one) => one.run.key === run.key)
      .toSorted((a, b) => a.step - b.step);
    const [start, end] = [moments[0], moments.at(-1)];
    if (!start || !end || start.step !== 0 || end.step === 0) return [];
    return [{ run, moments, start: start.values, end: end.values }];
  });
}

function change(start: GateValues, end: GateValues, of: (values: GateValues) => string): string {
  return `${of(start)} → ${of(end)}`;
}

function timeFigure({ moments, start }: Course): FindingFigure {
  return {
    ...{ kind: 'matrix', view: 'map', id: 'time', title: 'Openness by block over training' },
    ...{ xTitle: 'Block', yTitle: 'Step', valueTitle: 'Openness' },
    ...{ isLog: false, hasContours: false },
    columns: start.blocks.map(({ name }) => name),
    rows: moments.map(({ step }) => `${step}`),
    values: moments.flatMap(({ values }) => values.blocks.map(({ openness }) => openness)),
  };
}

/** Of the classes that differ most in the end. */
function classesOverTime({ moments, end }: Course): FindingFigure {
  const meanDifference = ({ blocks }: GateValues, at: number): number | null => {
    const known = blocks.flatMap((block) => classDifference(block, at) ?? []);
    return summarizeValues(known)?.mean ?? null;
  };
  const apart = (at: number): number => Math.abs(meanDifference(end, at) ?? 0);
  const shown = end.classes
    .flatMap(({ examples }, at) => (examples > 0 ? [at] : []))
    .toSorted((a, b) => apart(b) - apart(a))
    .slice(0, SHOWN_CLASSES)
    .toSorted((a, b) => a - b);
  return {
    ...{ kind: 'points', id: 'classes-over-time', isLogX: false, isLogY: false },
    title: 'Openness for each class over training, against that for all images',
    xTitle: 'Step',
    yTitle: 'Difference, mean over blocks',
    series: shown.map((at, colour) => ({
      ...{ label: end.classes[at]?.name ?? `${at}`, colour, isDashed: false, isJoined: true },
      points: moments.map(({ step, values }) => ({ x: step, y: meanDifference(values, at) })),
    })),
  };
}

function byBlock(courses: readonly Course[]): FindingFigure[] {
  const lines = (
    of: (block: GateValues['blocks'][number]) => number | null,
    point: typeof pointOf,
  ) =>
    (['start', 'end'] as const).map((when, i) => ({
      label: when === 'start' ? 'Before training' : 'After training',
      colour: 1 - i,
      isDashed: when === 'start',
      isJoined: true,
      points: (courses[0]?.[when].blocks ?? []).map(({ name }, block) => {
        const values = courses.flatMap((course) => {
          const found = course[when].blocks[block];
          return (found && of(found)) ?? [];
        });
        return point(block + 1, values, name);
      }),
    }));
  return [
    blockFigure(
      'class-share',
      'Variance between images that the class explains',
      'Share in %',
      lines(({ classShare }) => classShare, percentPoint),
    ),
    blockFigure(
      'openness',
      'Openness of the gates',
      'Mean over images',
      lines(({ openness }) => openness, pointOf),
    ),
    blockFigure(
      'biases',
      'Biases of the gates',
      'Mean bias',
      lines(({ bias }) => bias, pointOf),
    ),
  ];
}
