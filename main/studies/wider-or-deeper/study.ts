// Wider or deeper. Claim: at equal parameters a wider, shallower network is as good as a deeper, thinner one
// and trains faster. Method: (depth, width) pairs solved for the base network's parameters; Pareto front of
// error against multiply-adds. Zagoruyko & Komodakis 2016 (arXiv 1605.07146), Wu et al. 2016 (1611.10080).
import type { StudySummary } from '../../../shared/contract/findings.ts';
import type { StudySetting } from '../../../shared/contract/studies.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { summarize as summarizeValues } from '../../../shared/stats/summary.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { summarize as summarizeNetwork } from '../../zoo/summary.ts';
import {
  errorTable,
  finishedCount,
  placeFigure,
  testErrors,
  trainErrors,
} from '../comparison-summary.ts';
import { percentPoint, percentText } from '../spread.ts';
import {
  outcomesByLabel,
  type Found,
  type Study,
  type StudyFacts,
  type StudyPlan,
} from '../study.ts';
import {
  baseNetwork,
  changed,
  depthOf,
  quickNetwork,
  recipeOf,
  runsOf,
  seedsOf,
  withBlocks,
} from '../trainings.ts';
import { isNotAbove, verdictOf } from '../verdict-rules.ts';

/** Blocks in each stage; the base network has the middle number. */
const QUICK_BLOCKS = [1, 2, 4];
const PAPER_BLOCKS = [2, 3, 6, 12, 18];
const MARGIN = 0.01;

/** The multiplier with which the network comes nearest to so many parameters, in hundredths. */
export function widthFor(spec: ArchitectureSpec, parameters: number, facts: StudyFacts): number {
  const of = (hundredths: number): number => {
    const wide = changed(spec, { widthMultiplier: hundredths / 100 });
    return summarizeNetwork(buildPlan(wide, facts)).parameters;
  };
  let [low, high] = [10, 6400];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (of(middle) < parameters) low = middle + 1;
    else high = middle;
  }
  const above = Math.abs(of(low) - parameters);
  return (low > 10 && Math.abs(of(low - 1) - parameters) < above ? low - 1 : low) / 100;
}

function plan(setting: StudySetting, facts: StudyFacts): StudyPlan {
  const given = baseNetwork(setting, { quick: quickNetwork(2), paper: 'preresnet20' });
  // Option A can't narrow a stage below the stem; wide networks project anyway.
  const base = given.shortcut === 'A' ? changed(given, { shortcut: 'B' }) : given;
  const { parameters } = summarizeNetwork(buildPlan(base, facts));
  const recipe = recipeOf(setting, { paper: 'wrn' });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const counts = setting.preset === 'quick' ? QUICK_BLOCKS : PAPER_BLOCKS;
  const runs = counts.flatMap((blocks) => {
    const deep = withBlocks(base, blocks);
    const width = widthFor(deep, parameters, facts);
    const label = `${depthOf(deep)} layers × ${width}`;
    const architecture = changed(deep, { widthMultiplier: width, name: label });
    return runsOf(setting, { label, place: depthOf(deep), architecture, recipe, seeds });
  });
  return { runs, probes: [] };
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const groups = [...outcomesByLabel(plan, found).values()].sort(
    (a, b) => (a[0]?.place ?? 0) - (b[0]?.place ?? 0),
  );
  const isWhole = groups.length === new Set(plan.runs.map(({ label }) => label)).size;
  const [shallow, deep] = [groups[0] ?? [], groups.at(-1) ?? []];
  return {
    verdict: verdictOf(
      'Reproduced if, at equal parameters, the validation error of the widest network is not above that of the deepest by more than 1 percentage point (upper end of the 95 % interval).',
      isWhole ? [isNotAbove(testErrors(deep), testErrors(shallow), MARGIN)] : ['open'],
      {
        text: `${shallow[0]?.label ?? 'Widest'}: ${percentText(testErrors(shallow))}; ${deep[0]?.label ?? 'deepest'}: ${percentText(testErrors(deep))}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [
      'Width multiplies the stages, not the stem, in steps of 0.01; parameters of the pairs differ by what the table shows.',
    ],
    figures: [
      placeFigure(plan, found, {
        id: 'depth',
        title: 'Error by depth at equal parameters',
        xTitle: 'Depth in layers',
        kinds: [{ name: 'Validation', isOf: () => true }],
        errors: testErrors,
      }),
      {
        kind: 'points',
        id: 'cost',
        title: 'Error against cost',
        xTitle: 'Multiply-adds of one image, in millions',
        yTitle: 'Error in %',
        isLogX: true,
        isLogY: false,
        series: (['Validation', 'Training'] as const).map((label, colour) => ({
          label,
          colour,
          isDashed: colour === 1,
          isJoined: false,
          points: groups.map((runs) =>
            percentPoint(
              (summarizeValues(runs.map(({ outcome }) => outcome.macs))?.mean ?? 0) / 1e6,
              label === 'Validation' ? testErrors(runs) : trainErrors(runs),
              runs[0]?.label,
            ),
          ),
        })),
      },
    ],
    tables: [errorTable(plan, found)],
  };
}

export const widerOrDeeper: Study = {
  name: 'wider-or-deeper',
  title: 'Wider or deeper',
  question: 'Are parameters better spent on width or on depth?',
  claim:
    'At equal parameters a wider, shallower network is at least as good as a deeper, thinner one.',
  paper: 'Zagoruyko & Komodakis 2016, Wide Residual Networks; Wu et al. 2016, Wider or Deeper',
  arxiv: '1605.07146',
  method:
    'For several depths the width is solved so that all networks have the parameters of the base network. Each is trained with the same recipe and several seeds; error is compared by depth and by multiply-adds.',
  next: 'Path lengths of the deepest network: how deep it effectively is.',
  presets: {
    quick: '8, 14 and 26 layers with the parameters of residual-14, 3 seeds: 9 runs of 300 steps.',
    paper:
      '14 to 110 layers with the parameters of pre-activation ResNet-20, 3 seeds: 15 runs of 200 epochs.',
  },
  plan,
  summarize,
};
