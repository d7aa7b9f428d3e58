// Path lengths. Claim: the gradient at the input falls with the length of the path, so nearly all of it
// comes by paths far shorter than the network (Veit et al. 2016, arXiv 1605.06431, figure 6: 5 to 17 of 54
// blocks). Method: gradients along random paths of each length in trained networks of several depths.
import type { PointsFigure, StudySummary } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatPercent } from '../../../shared/format.ts';
import { groupBy } from '../../../shared/group-by.ts';
import { lineOf, pointsFigure } from '../points-figure.ts';
import { residualRuns } from '../residual-runs.ts';
import { pointOf } from '../spread.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { holdsIf, verdictOf } from '../verdict-rules.ts';

type Values = ProbeValuesOf<'path-lengths'>;

/** What was measured of the networks of one depth. */
interface Depth {
  readonly layers: number;
  readonly all: readonly Values[];
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'path-lengths');
  const depths = [...groupBy(measured, ({ run }) => String(run.place))]
    .map(([place, of]): Depth => ({ layers: Number(place), all: of.map(({ values }) => values) }))
    .sort((a, b) => a.layers - b.layers);
  const deepest = depths.at(-1)?.all ?? [];
  const isWhole = depths.length > 1 && measured.length === plan.probes.length;
  return {
    verdict: verdictOf(
      'Reproduced if in every run of the deepest network the gradient falls from half-long to full paths and the effective depth is less than half of the blocks, which random paths have on average, and the lengths that carry 95 % of the gradient hold less than half of all paths.',
      isWhole
        ? [
            holdsIf(deepest.every(fallsOverLongPaths)),
            holdsIf(deepest.every(({ effectiveDepth, blocks }) => effectiveDepth < blocks / 2)),
            holdsIf(deepest.every(({ effectivePaths }) => effectivePaths < 0.5)),
          ]
        : ['open'],
      {
        text: `Effective depth of the deepest: ${deepest.map(({ effectiveDepth, blocks }) => `${effectiveDepth.toFixed(1)} of ${blocks}`).join(', ') || 'not measured yet'}; 95 % of the gradient by paths of ${deepest.map(({ effectiveRange: [low, high], effectivePaths }) => `${low} to ${high} blocks (${formatPercent(effectivePaths)} of the paths)`).join(', ')}.`,
        n: measured.length,
      },
    ),
    sentences: [
      'In the paper, of 54 blocks, paths of 5 to 17 blocks carry almost all of the gradient and are 0.45 % of all paths. The fewer blocks a network has, the less room there is for that.',
    ],
    figures: [normFigure(depths), shareFigure(depths), effectiveDepthFigure(depths)],
    tables: [],
  };
}

function fallsOverLongPaths({ lengths }: Values): boolean {
  const half = lengths.slice(Math.floor(lengths.length / 2));
  return (half.at(-1)?.mean ?? 0) < (half[0]?.mean ?? 0);
}

function normFigure(depths: readonly Depth[]): PointsFigure {
  return pointsFigure({
    id: 'norms',
    title: 'Gradient at the input by path length',
    xTitle: 'Blocks in the path',
    yTitle: '‖dL/dx‖ at the input',
    isLogY: true,
    series: depths.map(({ layers, all }, colour) =>
      lineOf(
        `${layers} layers`,
        colour,
        (all[0]?.lengths ?? []).map(({ length }) =>
          pointOf(
            length,
            all.flatMap(({ lengths }) => lengths.find((one) => one.length === length)?.mean ?? []),
          ),
        ),
      ),
    ),
  });
}

function shareFigure(depths: readonly Depth[]): PointsFigure {
  return pointsFigure({
    id: 'shares',
    title: 'Share of the gradient by path length',
    xTitle: 'Blocks in the path, share of all blocks',
    yTitle: 'Share of the gradient',
    series: depths.flatMap(({ layers, all: [first] }, colour) => {
      if (!first) return [];
      const points = (shares: readonly number[]) =>
        shares.map((y, k) => ({ x: k / first.blocks, y }));
      const paths = points(first.pathShare);
      return [
        lineOf(`${layers} layers: gradient`, colour, points(first.gradientShare)),
        lineOf(`${layers} layers: paths`, colour, paths, { isDashed: true }),
      ];
    }),
  });
}

function effectiveDepthFigure(depths: readonly Depth[]): PointsFigure {
  const measured = depths.map(({ layers, all }) =>
    pointOf(
      layers,
      all.map(({ effectiveDepth }) => effectiveDepth),
    ),
  );
  const half = depths.map(({ layers, all }) => ({ x: layers, y: (all[0]?.blocks ?? 0) / 2 }));
  return pointsFigure({
    id: 'depth',
    title: 'Effective depth',
    xTitle: 'Depth in layers',
    yTitle: 'Effective depth in blocks',
    series: [
      lineOf('Measured', 0, measured),
      lineOf('Mean path, half of the blocks', 1, half, { isDashed: true }),
    ],
  });
}

export const pathLengths: Study = {
  name: 'path-lengths',
  title: 'Path lengths',
  question: 'How deep is a residual network really?',
  claim:
    'Almost all of the gradient reaches the input by paths that are far shorter than the network.',
  paper: 'Veit et al. 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks',
  arxiv: '1605.06431',
  method:
    'In trained networks the gradient is sent back through the branches of k random blocks and the shortcuts of all others, for each k. Its norm at the input times the number of paths of that length is the share of the gradient; its mean length is the effective depth.',
  next: 'Training only effective paths: whether longer ones are needed at all.',
  presets: {
    quick:
      '8, 14 and 20 layers, 3 seeds: 9 runs of 300 steps (those of Degradation, if it has run).',
    paper: '20 to 110 layers, 3 seeds: 15 runs of 64,000 steps.',
  },
  plan: (setting) => {
    const runs = residualRuns(setting, {
      quickBlocks: [1, 2, 3],
      paperBlocks: [3, 5, 7, 9, 18],
      quickSeeds: 3,
      paperSeeds: 3,
      withPlain: false,
    });
    const samples = setting.preset === 'quick' ? 64 : 512;
    const probes = runs.map(({ key }) => ({
      key: `path lengths of ${key}`,
      run: key,
      probe: { kind: 'path-lengths' as const, samples },
    }));
    return { runs, probes };
  },
  summarize,
};
