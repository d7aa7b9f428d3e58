// What errors by depth say about degradation. Pure.
import type { StudySummary } from '../../../shared/contract/findings.ts';
import {
  errorTable,
  finishedCount,
  placeFigure,
  publishedSeries,
  testErrors,
  trainErrors,
  type FinishedRun,
} from '../comparison-summary.ts';
import { percentText } from '../spread.ts';
import { outcomesByLabel, type Found, type PlannedRun, type StudyPlan } from '../study.ts';
import { isAbove, isNotAbove, verdictOf } from '../verdict-rules.ts';

/** CIFAR-10 test error in % (He et al. 2015, table 6). */
const PUBLISHED: readonly (readonly [number, number])[] = [
  [20, 8.75],
  [32, 7.51],
  [44, 7.17],
  [56, 6.97],
  [110, 6.43],
];
/** Of the residual network, in fractions: more than this would be degradation too. */
const MARGIN = 0.05;

const isPlain = ({ label }: PlannedRun): boolean => label.startsWith('plain');

export function summarizeDegradation(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const depths = [...new Set(plan.runs.map(({ place }) => place))].sort((a, b) => a - b);
  const [shallow = 0, deep = 0] = [depths[0], depths.at(-1)];
  const of = (kind: string, depth: number): FinishedRun[] => byLabel.get(`${kind}-${depth}`) ?? [];
  const plain = [of('plain', shallow), of('plain', deep)].map(trainErrors);
  const residual = [of('residual', shallow), of('residual', deep)].map(trainErrors);
  const rises = isAbove(plain[0] ?? [], plain[1] ?? []);
  const stays = isNotAbove(residual[0] ?? [], residual[1] ?? [], MARGIN);
  const kinds = [
    { name: 'Residual', isOf: (run: PlannedRun) => !isPlain(run) },
    { name: 'Plain', isOf: isPlain },
  ];
  const common = { xTitle: 'Depth in layers', kinds };
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
      'Degradation is about training error: over-fitting would lower it. The paper attributes it to optimization and rules vanishing gradients out, since batch norm keeps the gradients of plain networks healthy; the gradient map of each run shows whether that holds here.',
    ],
    figures: [
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
        published: [publishedSeries('ResNet, paper, CIFAR-10 test', 2, PUBLISHED)],
      }),
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
