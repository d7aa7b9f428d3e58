// Neural collapse. Claim: as training goes on, the last features of a class become one point and the class
// means the corners of a simplex (Papyan et al. 2020, arXiv 2008.08186). Method: the same measures at every
// kept checkpoint.
import type {
  FigureSeries,
  PointsFigure,
  StudySummary,
} from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { groupBy } from '../../../shared/group-by.ts';
import { CheckpointsSpec } from '../../../shared/spec/recipe.ts';
import { lineOf, pointsFigure } from '../points-figure.ts';
import { residualRuns } from '../residual-runs.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { holdsIf, verdictOf } from '../verdict-rules.ts';

const FALL = 10;

type Values = ProbeValuesOf<'collapse'>;

/** The kept checkpoints of one run, by step. */
interface Course {
  readonly key: string;
  readonly rows: readonly { readonly step: number; readonly values: Values }[];
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'collapse');
  const courses = [...groupBy(measured, ({ run }) => run.key)].map(([key, rows]) => ({
    key,
    rows,
  }));
  const falls = courses.map(fallOf);
  const errors = courses.flatMap(({ rows }) => rows.at(-1)?.values.error ?? []);
  const isWhole = courses.length > 0 && courses.length === plan.runs.length;
  return {
    verdict: verdictOf(
      'Reproduced if from the first to the last kept checkpoint of every run within- over between-class variability falls by a factor of at least 10 and the mean cosine of class means does not move away from −1/(C − 1).',
      isWhole
        ? [holdsIf(falls.every((fall) => fall >= FALL)), holdsIf(courses.every(nearsSimplex))]
        : ['open'],
      {
        text: `Variability fell by ${falls.map((fall) => `×${fall.toPrecision(2)}`).join(', ') || 'an unknown factor'}; training error at the end ${errors.map((error) => `${(100 * error).toFixed(1)} %`).join(', ') || 'unknown'}.`,
        n: courses.length,
      },
    ),
    sentences: [
      'The paper trains far beyond zero training error; a run that still makes errors on its training images is before the terminal phase.',
    ],
    figures: figuresOf(courses),
    tables: [],
  };
}

function fallOf({ rows }: Course): number {
  const [first, last] = [rows[0], rows.at(-1)];
  return (first?.values.withinOverBetween ?? NaN) / (last?.values.withinOverBetween ?? NaN);
}

function nearsSimplex({ rows }: Course): boolean {
  const ideal = -1 / ((rows[0]?.values.classes ?? 2) - 1);
  const away = (at: number): number => Math.abs((rows.at(at)?.values.cosine ?? NaN) - ideal);
  return away(-1) <= away(0) + 0.01;
}

function figuresOf(courses: readonly Course[]): PointsFigure[] {
  const series = (value: (values: Values) => number | null): FigureSeries[] =>
    courses.map(({ key, rows }, colour) =>
      lineOf(
        key,
        colour,
        rows.map(({ step, values }) => ({ x: step, y: value(values) })),
      ),
    );
  const xTitle = 'Step';
  return [
    pointsFigure({
      ...{ id: 'within', title: 'Within- over between-class variability', xTitle },
      ...{ yTitle: 'tr(Σ_W Σ_B⁺) / C', isLogY: true },
      series: series((values) => values.withinOverBetween),
    }),
    pointsFigure({
      ...{ id: 'cosine', title: 'Cosine of class means', xTitle, yTitle: 'Mean cosine' },
      series: series((values) => values.cosine),
    }),
    pointsFigure({
      ...{ id: 'nearest', title: 'Nearest class mean disagrees', xTitle, yTitle: 'Share in %' },
      series: series((values) => 100 * values.nearestMeanDisagreement),
    }),
  ];
}

export const collapse: Study = {
  name: 'collapse',
  title: 'Neural collapse',
  question: 'Where do the features of a class end?',
  claim:
    'The last features of a class become one point, and the class means become the corners of a simplex.',
  paper:
    'Papyan et al. 2020, Prevalence of Neural Collapse During the Terminal Phase of Deep Learning Training',
  arxiv: '2008.08186',
  method:
    'A residual network keeps a checkpoint every few epochs. At each, within- and between-class variability of the last features, the cosines of the class means and the nearest-mean rule are measured on training images.',
  next: 'A longer training: --steps, until the training error is zero.',
  presets: {
    quick: '8 layers, 2 seeds: 2 runs of 900 steps, measured every third epoch on 1,000 images.',
    paper: 'ResNet-20, 3 seeds: 3 runs of 64,000 steps, measured every 10 epochs.',
  },
  plan: (setting) => {
    const isQuick = setting.preset === 'quick';
    const runs = residualRuns(
      { ...setting, steps: setting.steps ?? (isQuick ? 900 : 64_000) },
      {
        ...{ quickBlocks: [1], paperBlocks: [3], quickSeeds: 2, paperSeeds: 3, withPlain: false },
        changes: { checkpoints: CheckpointsSpec.parse({ everyEpochs: isQuick ? 3 : 10 }) },
      },
    );
    const probes = runs.map(({ key }) => ({
      key: `collapse of ${key}`,
      run: key,
      probe: { kind: 'collapse' as const, ...(isQuick ? { images: 1000 } : {}) },
      checkpoint: 'kept' as const,
    }));
    return { runs, probes };
  },
  summarize,
};
