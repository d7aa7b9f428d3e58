// How many seeds? Claim: most of the spread of test accuracy between seeds is the test set's finiteness and
// can be predicted from which examples each run gets right (Jordan 2023, arXiv 2304.01910, within 20 %).
import type { StudySummary } from '../../../shared/contract/findings.ts';
import { formatPercent } from '../../../shared/format.ts';
import { seedsFor } from '../../../shared/stats/seeds-needed.ts';
import { residualRuns } from '../residual-runs.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { verdictOf, type Holds } from '../verdict-rules.ts';
import { seedSpread } from './seed-spread.ts';

const CLOSE = 0.2;
/** Fewer runs say little about a deviation. */
const ENOUGH = 5;
const DIFFERENCES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05];

/** A deviation from few runs is itself uncertain, so only a large distance speaks against the claim. */
function isClose(off: number, runs: number): Holds {
  if (off <= CLOSE) return 'yes';
  return off > CLOSE + 2 / Math.sqrt(2 * (runs - 1)) ? 'no' : 'open';
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const marks = measuredOf(plan, found, 'correctness').map(({ values }) => values.correct);
  const spread = marks.length < 2 ? undefined : seedSpread(marks);
  const off = spread ? Math.abs(spread.predicted / spread.measured - 1) : Number.NaN;
  const hasEnough = spread !== undefined && spread.runs >= ENOUGH;
  return {
    verdict: verdictOf(
      'Reproduced if the predicted deviation is within 20 % of the measured one, from at least five runs; not reproduced if it is farther away than that and twice the uncertainty of a deviation from so many runs, 1/√(2(n − 1)).',
      hasEnough ? [isClose(off, marks.length)] : ['open'],
      {
        text: spread
          ? `Accuracy ${formatPercent(spread.meanAccuracy)} on ${spread.examples} images; deviation measured ${(100 * spread.measured).toFixed(2)} points, predicted from single examples ${(100 * spread.predicted).toFixed(2)}, left over ${(100 * spread.unexplained).toFixed(2)}.`
          : 'Fewer than two runs have finished.',
        n: marks.length,
      },
    ),
    sentences: [
      'A deviation estimated from n runs is itself uncertain by about 1/√(2(n − 1)): 35 % from 5 runs, 24 % from 10.',
    ],
    figures:
      spread === undefined
        ? []
        : [
            {
              kind: 'points',
              id: 'seeds',
              title: 'Seeds a side that a difference needs',
              xTitle: 'Difference of accuracies, in points',
              yTitle: 'Seeds a side',
              isLogX: true,
              isLogY: true,
              series: [
                {
                  ...{ label: 'For a 95 % interval that excludes 0', colour: 0 },
                  ...{ isDashed: false, isJoined: true },
                  points: DIFFERENCES.map((difference) => ({
                    x: 100 * difference,
                    y: seedsFor(difference, spread.measured),
                  })),
                },
              ],
            },
          ],
    tables:
      spread === undefined
        ? []
        : [
            {
              title: 'Seeds a side',
              columns: ['Difference', 'Seeds'],
              rows: DIFFERENCES.map((difference) => [
                `${(100 * difference).toFixed(1)} points`,
                String(seedsFor(difference, spread.measured)),
              ]),
            },
          ],
  };
}

export const seeds: Study = {
  name: 'seeds',
  title: 'How many seeds?',
  question: 'How much of the spread between seeds is luck of the test set?',
  claim:
    'The spread of accuracy between seeds is mostly the finiteness of the test set and follows from single examples.',
  paper: 'Jordan 2023, Calibrated Chaos: Variance Between Runs of Neural Network Training',
  arxiv: '2304.01910',
  method:
    'One network is trained with several seeds. From how often each validation image is right, the deviation is predicted as if images were right independently of each other, and compared with the measured one.',
  next: 'Compare two networks with as many seeds as the table says.',
  presets: {
    quick:
      '8 layers, 6 seeds: 6 runs of 300 steps (half of them those of Degradation, if it has run).',
    paper: 'ResNet-20, 30 seeds: 30 runs of 64,000 steps.',
  },
  plan: (setting) => {
    const runs = residualRuns(setting, {
      ...{ quickBlocks: [1], paperBlocks: [3], quickSeeds: 6, paperSeeds: 30, withPlain: false },
    });
    const probes = runs.map(({ key }) => ({
      key: `correct examples of ${key}`,
      run: key,
      probe: { kind: 'correctness' as const },
    }));
    return { runs, probes };
  },
  summarize,
};
