// What errors by depth say about degradation. Pure.
import type { FindingFigure, StudySummary } from '../../../shared/contract/findings.ts';
import {
  errorTable,
  finishedCount,
  placeFigure,
  publishedSeries,
  testErrors,
  trainErrors,
  type FinishedRun,
} from '../comparison-summary.ts';
import { lossFigure } from '../loss-figure.ts';
import { percentText } from '../spread.ts';
import { outcomesByLabel, type Found, type PlannedRun, type StudyPlan } from '../study.ts';
import { isAbove, isNotAbove, verdictOf } from '../verdict-rules.ts';
import { earlySentence, gradientFigures, gradientSentence } from './early.ts';

/** CIFAR-10 test error in % (He et al. 2015, table 6). */
const PUBLISHED: readonly (readonly [number, number])[] = [
  [20, 8.75],
  [32, 7.51],
  [44, 7.17],
  [56, 6.97],
  [110, 6.43],
  [1202, 7.93],
];
/** Of the residual network, in fractions: more than this would be degradation too. */
const MARGIN = 0.05;

const isPlain = ({ label }: PlannedRun): boolean => label.startsWith('plain');

export function summarizeDegradation(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  // Depths with a plain control; a deeper residual network beside them is the paper's "too deep".
  const depths = [...new Set(plan.runs.filter(isPlain).map(({ place }) => place))].sort(
    (a, b) => a - b,
  );
  const [shallow = 0, deep = 0] = [depths[0], depths.at(-1)];
  const of = (kind: string, depth: number): FinishedRun[] => byLabel.get(`${kind}-${depth}`) ?? [];
  const plain = [of('plain', shallow), of('plain', deep)].map(trainErrors);
  const residual = [of('residual', shallow), of('residual', deep)].map(trainErrors);
  const rises = isAbove(plain[0] ?? [], plain[1] ?? []);
  const stays = isNotAbove(residual[0] ?? [], residual[1] ?? [], MARGIN);
  return {
    verdict: verdictOf(
      `Reproduced if the training error of plain-${deep} is above that of plain-${shallow} (the 95 % interval of the difference lies above 0) and that of residual-${deep} is not above residual-${shallow} by more than 5 percentage points (its upper end).`,
      [rises, stays],
      {
        text: `Training error from ${shallow} to ${deep} layers: plain ${percentText(plain[0] ?? [])} → ${percentText(plain[1] ?? [])}, residual ${percentText(residual[0] ?? [])} → ${percentText(residual[1] ?? [])}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [
      'Degradation is about training error: over-fitting would lower it. The paper attributes it to optimization and rules vanishing gradients out, since batch norm keeps the gradients of plain networks healthy; the gradient maps show whether that holds here.',
      ...earlySentence(plan, found),
      ...gradientSentence(plan, found, deep),
      ...tooDeepSentence(plan, byLabel, deep),
    ],
    figures: [
      ...depthFigures(plan, found),
      lossFigure(plan, found),
      ...gradientFigures(plan, found, deep),
    ],
    tables: [
      errorTable(
        plan,
        found,
        new Map(PUBLISHED.map(([depth, error]) => [`residual-${depth}`, error])),
      ),
    ],
  };
}

function depthFigures(plan: StudyPlan, found: Found): FindingFigure[] {
  const kinds = [
    { name: 'Residual', isOf: (run: PlannedRun) => !isPlain(run) },
    { name: 'Plain', isOf: isPlain },
  ];
  const common = { xTitle: 'Depth in layers', kinds };
  // Beyond our own depths they would only stretch the axis.
  const published = PUBLISHED.filter(([depth]) => plan.runs.some(({ place }) => place >= depth));
  return [
    placeFigure(plan, found, {
      ...common,
      id: 'train',
      title: 'Training error by depth',
      errors: trainErrors,
    }),
    placeFigure(plan, found, {
      ...common,
      id: 'test',
      title: 'Validation error by depth',
      errors: testErrors,
      published: [publishedSeries('ResNet, paper, CIFAR-10 test', 2, published)],
    }),
  ];
}

/** The residual network that is deeper than all with a plain control, against the deepest of those. */
function tooDeepSentence(
  plan: StudyPlan,
  byLabel: ReadonlyMap<string, readonly FinishedRun[]>,
  deep: number,
): string[] {
  const place = Math.max(...plan.runs.map((run) => run.place));
  if (place <= deep) return [];
  const [runs, others] = [byLabel.get(`residual-${place}`), byLabel.get(`residual-${deep}`)];
  if (runs === undefined) return [`Too deep: residual-${place} has not finished.`];
  return [
    `Too deep: residual-${place} has a training error of ${percentText(trainErrors(runs))} and a validation error of ${percentText(testErrors(runs))}, residual-${deep} ${percentText(trainErrors(others))} and ${percentText(testErrors(others))}. In the paper 1202 layers train as well as 110 and test worse (7.93 % against 6.43 %), which it puts down to over-fitting.`,
  ];
}
