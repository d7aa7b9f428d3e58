// Layer responses. Claim: residual networks respond more weakly than plain ones, and deeper ones more
// weakly than shallower (He et al. 2015, arXiv 1512.03385, figure 7).
import type { StudySummary } from '../../../shared/contract/findings.ts';
import { summarize as summarizeValues } from '../../../shared/stats/summary.ts';
import { isPlainRun, residualRuns } from '../residual-runs.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { isAbove, verdictOf } from '../verdict-rules.ts';
import { layerDeviations } from './findings.ts';

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'responses');
  const means = (isWanted: (run: StudyPlan['runs'][number]) => boolean): number[] =>
    measured
      .filter(({ run }) => isWanted(run))
      .map(
        ({ values }) =>
          summarizeValues(layerDeviations(values).map(({ deviation }) => deviation))?.mean ?? NaN,
      );
  const places = [...new Set(plan.runs.map(({ place }) => place))].sort((a, b) => a - b);
  const [shallow = 0, deep = 0] = [places[0], places.at(-1)];
  const plain = means((run) => isPlainRun(run) && run.place === deep);
  const residual = means((run) => !isPlainRun(run) && run.place === deep);
  const shallower = means((run) => !isPlainRun(run) && run.place === shallow);
  const text = (values: readonly number[]): string =>
    summarizeValues(values)?.mean.toFixed(3) ?? 'unknown';
  const labels = [...new Set(measured.map(({ run }) => run.label))];
  const series = (isSorted: boolean) =>
    labels.map((label, colour) => {
      const [first] = measured.filter(({ run }) => run.label === label);
      const layers = first ? layerDeviations(first.values) : [];
      const shown = isSorted ? layers.toSorted((a, b) => b.deviation - a.deviation) : layers;
      return {
        ...{ label, colour, isDashed: label.startsWith('plain'), isJoined: true },
        points: shown.map(({ deviation, name }, i) => ({ x: i + 1, y: deviation, note: name })),
      };
    });
  const figure = (id: string, title: string, isSorted: boolean) => ({
    kind: 'points' as const,
    id,
    title,
    xTitle: isSorted ? 'Layer, sorted by size' : 'Layer, in depth order',
    yTitle: 'Standard deviation',
    isLogX: false,
    isLogY: false,
    series: series(isSorted),
  });
  return {
    verdict: verdictOf(
      `Reproduced if the mean deviation of residual-${deep} is below that of plain-${deep} and below that of residual-${shallow} (95 % intervals of the differences).`,
      [isAbove(residual, plain), isAbove(residual, shallower)],
      {
        text: `Mean deviation: residual-${deep} ${text(residual)}, plain-${deep} ${text(plain)}, residual-${shallow} ${text(shallower)}.`,
        n: measured.length,
      },
    ),
    sentences: ['Figures show the first seed of each network.'],
    figures: [
      figure('order', 'Responses in depth order', false),
      figure('sorted', 'Responses sorted by size', true),
    ],
    tables: [],
  };
}

export const layerResponses: Study = {
  name: 'layer-responses',
  title: 'Layer responses',
  question: 'Do residual layers change little?',
  claim:
    'Layers of residual networks respond more weakly than those of plain ones, and the more weakly the deeper the network.',
  paper: 'He et al. 2015, Deep Residual Learning for Image Recognition',
  arxiv: '1512.03385',
  method:
    'In trained plain and residual networks of two depths the standard deviation of each 3×3 layer’s response is measured, after batch norm and before non-linearity and addition, over all validation images.',
  next: 'Learning zero is easy: why small responses are what shortcuts make easy.',
  presets: {
    quick:
      '8 and 20 layers, plain and residual, 3 seeds: 12 runs of 300 steps (those of Degradation, if it has run).',
    paper: '20, 56 and 110 layers, plain and residual, 3 seeds: 18 runs of 64,000 steps.',
  },
  plan: (setting) => {
    const runs = residualRuns(setting, {
      ...{ quickBlocks: [1, 3], paperBlocks: [3, 9, 18], quickSeeds: 3, paperSeeds: 3 },
      withPlain: true,
    });
    const probes = runs.map(({ key }) => ({
      key: `responses of ${key}`,
      run: key,
      probe: { kind: 'responses' as const },
    }));
    return { runs, probes };
  },
  summarize,
};
