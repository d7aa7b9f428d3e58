// At initialization. Claim: with batch norm the shortcut's variance grows linearly with depth while the
// branch stays the same, so each block adds little and the network starts as a shallow one (De & Smith 2020,
// arXiv 2002.10444). No training: runs of a single step only give the library a record to measure.
import type { FigureSeries, StudySummary } from '../../../shared/contract/findings.ts';
import { InitialVariant } from '../../../shared/contract/probes.ts';
import { residualRuns } from '../residual-runs.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { holdsIf, verdictOf } from '../verdict-rules.ts';
import { blockFigure, branchShare, lineOfBlocks, VARIANT_NAMES, type Block } from './findings.ts';

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'initialization');
  const deepest = measured.toSorted((a, b) => a.run.place - b.run.place).at(-1);
  const variant = (name: string) =>
    deepest?.values.variants.find((each) => each.variant === name)?.blocks ?? [];
  const normed = variant('batch-norm').flatMap((block) => branchShare(block) ?? []);
  // Of one stage, where nothing changes the shape.
  const blocks = Math.floor(normed.length / 3);
  const [first = Number.NaN, last = Number.NaN] = [normed[1], normed[blocks - 1]];
  const free = variant('no-norm');
  const growth = (free.at(-1)?.shortcutVariance ?? 0) / (free[0]?.shortcutVariance ?? 1);
  const normedGrowth =
    (variant('batch-norm').at(-1)?.shortcutVariance ?? 0) /
    (variant('batch-norm')[0]?.shortcutVariance ?? 1);
  return {
    verdict: verdictOf(
      'Reproduced if in the deepest network, with batch norm, the branch’s share of the variance falls from the second to the last block of the first stage, and without normalization the shortcut’s variance grows more from the first to the last block than with it.',
      deepest && measured.length === plan.probes.length
        ? [holdsIf(last < first), holdsIf(growth > normedGrowth)]
        : ['open'],
      {
        text: `Branch over shortcut in the first stage: ${first.toFixed(2)} → ${last.toFixed(2)}; growth of the shortcut’s variance: ×${normedGrowth.toPrecision(3)} with batch norm, ×${growth.toPrecision(3)} without.`,
        n: measured.length,
      },
    ),
    sentences: [
      'With the last scale at 0 every block is the identity at first: branch variance 0 and the gradient of the head at every block.',
    ],
    figures: [
      blockFigure({
        ...{ id: 'share', title: 'Branch over shortcut variance, batch norm', yTitle: 'Ratio' },
        series: blockLines(measured, ['batch-norm'], branchShare),
      }),
      blockFigure({
        ...{ id: 'gradient', title: 'Gradient at each block’s input', yTitle: '‖dL/dx‖' },
        series: blockLines(measured, InitialVariant.options, (block) => block.gradientNorm),
      }),
    ],
    tables: [],
  };
}

function blockLines(
  measured: ReturnType<typeof measuredOf<'initialization'>>,
  shown: readonly InitialVariant[],
  valueOf: (block: Block) => number | null,
): FigureSeries[] {
  const labels = measured.map(({ run }) => run.label);
  return measured.flatMap(({ run, values: { variants } }) => {
    const firstColour = labels.indexOf(run.label) * variants.length;
    return variants.flatMap(({ variant, blocks }, i) =>
      shown.includes(variant)
        ? lineOfBlocks(`${run.label}, ${VARIANT_NAMES[variant]}`, firstColour + i, {
            variant,
            blocks,
            valueOf,
          })
        : [],
    );
  });
}

export const initialization: Study = {
  name: 'initialization',
  title: 'At initialization',
  question: 'Why do residual networks start as shallow ones?',
  claim:
    'Batch norm keeps the branch small against the growing shortcut, so a deep residual network starts close to the identity.',
  paper:
    'De & Smith 2020, Batch Normalization Biases Residual Blocks Towards the Identity Function',
  arxiv: '2002.10444',
  method:
    'For three draws of the starting weights the variance of branch and shortcut and the gradient at each block are measured with batch norm, without normalization, and with each branch’s last scale at 0. Nothing is trained; the runs of one step only hold the networks.',
  next: 'Path lengths: how deep the network is after training.',
  presets: {
    quick: '20 and 56 layers: 2 runs of a single step.',
    paper: '20, 56 and 110 layers: 3 runs of a single step.',
  },
  plan: (setting) => {
    const runs = residualRuns(
      { ...setting, steps: 1, seeds: setting.seeds?.slice(0, 1) ?? [0] },
      {
        ...{ quickBlocks: [3, 9], paperBlocks: [3, 9, 18], quickSeeds: 1, paperSeeds: 1 },
        withPlain: false,
      },
    );
    const probes = runs.map(({ key }) => ({
      key: `start of ${key}`,
      run: key,
      probe: { kind: 'initialization' as const },
    }));
    return { runs, probes };
  },
  summarize,
};
