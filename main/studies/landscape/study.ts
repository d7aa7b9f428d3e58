// Loss landscape. Claim: around a deep residual network's weights the loss is a bowl, around a plain one's
// it is chaotic (Li et al. 2018, arXiv 1712.09913, figure 1: ResNet-56 with and without shortcuts).
import type { FindingFigure, StudySummary } from '../../../shared/contract/findings.ts';
import { residualRuns, isPlainRun } from '../residual-runs.ts';
import { errorTable } from '../comparison-summary.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { holdsIf, verdictOf } from '../verdict-rules.ts';
import { findLandscape, middleRow, unevenness } from './findings.ts';

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'landscape');
  const of = (isPlain: boolean): number[] =>
    measured
      .filter(({ run }) => isPlainRun(run) === isPlain)
      .map(({ values }) => unevenness(values));
  const [plain, residual] = [of(true), of(false)];
  const hasSeeds = new Set(plan.runs.map(({ label }) => label)).size < plan.runs.length;
  const hasAll = measured.length === plan.probes.length && measured.length > 0;
  const text = (values: readonly number[]): string =>
    values.map((value) => `${(100 * value).toFixed(1)} %`).join(', ') || 'not measured yet';
  return {
    verdict: verdictOf(
      'Reproduced if in every plain network more of the steps away from the weights go down than in every residual one; in a bowl none do.',
      hasAll ? [holdsIf(Math.min(...plain) > Math.max(...residual))] : ['open'],
      {
        text: `Steps away from the weights that go down: plain ${text(plain)}; residual ${text(residual)}.`,
        n: measured.length,
      },
    ),
    sentences: [
      'Directions are random and normalized by filter; batch norm keeps its parameters and running statistics.',
      ...shallowSentence(plan),
    ],
    figures: [
      ...aroundWeights(measured),
      {
        kind: 'points',
        id: 'lines',
        title: 'Loss along one direction',
        xTitle: 'Distance from the weights, in filter norms',
        yTitle: 'Loss',
        isLogX: false,
        isLogY: true,
        series: measured.map(({ run, values }, colour) => ({
          ...{
            label: hasSeeds ? run.key : run.label,
            colour,
            isDashed: isPlainRun(run),
            isJoined: true,
          },
          points: middleRow(values),
        })),
      },
    ],
    tables: [errorTable(plan, found)],
  };
}

/** The paper's chaos comes with depth: its plain network of 20 layers still looks nearly convex (figure 5). */
const CHAOTIC_FROM = 56;

function shallowSentence({ runs }: StudyPlan): string[] {
  const depth = Math.max(...runs.map(({ place }) => place));
  if (depth >= CHAOTIC_FROM) return [];
  return [
    `The paper finds plain networks chaotic at ${CHAOTIC_FROM} layers, not at 20: with ${depth} layers a difference is not expected to be large. The paper preset trains ${CHAOTIC_FROM} layers.`,
  ];
}

/** A map and a surface of each network, all on one scale, so that their heights can be compared. */
function aroundWeights(measured: ReturnType<typeof measuredOf<'landscape'>>): FindingFigure[] {
  const losses = measured.flatMap(({ values }) =>
    values.losses.filter((loss): loss is number => loss !== null && loss > 0),
  );
  const scale: [number, number] = [Math.min(...losses), Math.max(...losses)];
  return measured.flatMap(({ run, values }) =>
    findLandscape(values).figures.flatMap((figure): FindingFigure[] => {
      if (figure.kind !== 'matrix' || figure.id === 'error') return [];
      const title = `Loss around ${run.key}${figure.view === 'surface' ? ', as a surface' : ''}`;
      return [{ ...figure, id: `${figure.id} of ${run.key}`, title, scale }];
    }),
  );
}

export const landscape: Study = {
  name: 'landscape',
  title: 'Loss landscape',
  question: 'What do shortcuts do to the loss landscape?',
  claim:
    'Without shortcuts the loss around a deep network’s weights is chaotic; with them it is a bowl.',
  paper: 'Li et al. 2018, Visualizing the Loss Landscape of Neural Nets',
  arxiv: '1712.09913',
  method:
    'A deep plain and a residual network are trained. The training loss is computed on a plane of two random directions through the weights, each filter of a direction scaled to the norm of the trained filter.',
  next: 'Degradation: what the landscape means for training.',
  presets: {
    quick:
      '20 layers, plain and residual, 1 seed: 2 runs of 300 steps (those of Degradation, if it has run), then 15 × 15 points on 256 images.',
    paper:
      '56 layers, plain and residual, 1 seed: 2 runs of 64,000 steps, then 51 × 51 points on all training images.',
  },
  plan: (setting) => {
    const runs = residualRuns(setting, {
      ...{ quickBlocks: [3], paperBlocks: [9], quickSeeds: 1, paperSeeds: 1, withPlain: true },
    });
    const grid =
      setting.preset === 'quick' ? { points: 15, images: 256 } : { points: 51, images: 50_000 };
    const probes = runs.map(({ key }) => ({
      key: `landscape of ${key}`,
      run: key,
      probe: { kind: 'landscape' as const, ...grid },
    }));
    return { runs, probes };
  },
  summarize,
};
