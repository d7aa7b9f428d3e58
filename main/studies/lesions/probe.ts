// Lesions of a trained network (Veit et al. 2016, arXiv 1605.06431, section 4.1): blocks removed one by
// one, at random in growing numbers, or swapped; and, which the paper does not do, the shortcut of a block
// removed instead of its branch, and batch norm's statistics computed anew for the lesioned network.
import type { Judged, ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { createRng, shuffle } from '../../../shared/rng.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import type { BlockPlan, NetworkPlan } from '../../zoo/plan.ts';
import type { ProbeContext } from '../probe/context.ts';
import { batchesOf, chosenRows, PROBE_BATCH, type ImageBatch } from '../probe/images.ts';
import { kendallTau } from './kendall.ts';
import { LesionedNetwork } from './lesioned-probe.ts';
import { spreadCounts } from './spread-counts.ts';

type Spec = ProbeSpecOf<'lesions'>;
type Values = ProbeValuesOf<'lesions'>;

export async function probeLesions(context: ProbeContext, spec: Spec): Promise<Values> {
  const { plan } = context;
  const source = context.images(spec.split);
  const rows = chosenRows(source, spec.images);
  const size = Math.min(PROBE_BATCH, rows.length);
  const batches = await batchesOf(source, rows, size);
  const blocks = plan.blocks.map((block) => ({
    name: block.name,
    isDownsampling: changesShape(block),
  }));
  const isPlain = plan.blocks.every(({ shortcut }) => shortcut.kind === 'none');
  const network = new LesionedNetwork(context, batches);
  try {
    const recalibration =
      spec.recalibrate && network.hasBatchNorm
        ? await recalibrationBatches(context, spec, size)
        : [];
    const progress = createProgress(context, { spec, plan, isPlain, recalibration });
    const oneByOne = async (lesion: (without: readonly number[]) => Judged): Promise<Judged[]> => {
      const judged: Judged[] = [];
      for (const block of plan.blocks) {
        judged.push(lesion(plan.blocks.map(({ gate }) => (gate === block.gate ? 0 : 1))));
        await progress();
      }
      return judged;
    };
    const again = recalibration.length > 0;
    return {
      kind: 'lesions',
      split: source.split,
      examples: rows.length,
      of: source.count,
      blocks,
      isPlain,
      whole: network.judge(),
      single: await oneByOne((branches) => network.judge({ branches })),
      recalibrated: again
        ? {
            whole: network.judgeRecalibrated({}, recalibration),
            single: await oneByOne((branches) =>
              network.judgeRecalibrated({ branches }, recalibration),
            ),
            images: recalibration.length * size,
          }
        : null,
      shortcut:
        spec.shortcuts && !isPlain
          ? await oneByOne((shortcuts) => network.judge({ shortcuts }))
          : null,
      shortcutRecalibrated:
        spec.shortcuts && !isPlain && again
          ? await oneByOne((shortcuts) => network.judgeRecalibrated({ shortcuts }, recalibration))
          : null,
      removed: await removeAtRandom(network, plan, { spec, progress }),
      swapped: await swapAtRandom(network, plan, { spec, progress }),
    };
  } finally {
    network.dispose();
  }
}

/** Full batches only, as batch norm's statistics are of a whole batch. */
async function recalibrationBatches(
  context: ProbeContext,
  spec: Spec,
  size: number,
): Promise<ImageBatch[]> {
  const source = context.images('train');
  const rows = chosenRows(source, spec.recalibrationImages);
  const whole = Math.floor(rows.length / size) * size;
  return await batchesOf(source, rows.subarray(0, whole), size);
}

interface Random {
  readonly spec: Spec;
  readonly progress: () => Promise<void>;
}

async function removeAtRandom(
  network: LesionedNetwork,
  plan: NetworkPlan,
  { spec, progress }: Random,
): Promise<Values['removed']> {
  const all = plan.blocks.map(({ gate }) => gate);
  const removed: Values['removed'] = [];
  for (const blocks of spreadCounts(all.length, spec.counts)) {
    const errors: number[] = [];
    for (let draw = 0; draw < spec.draws; draw++) {
      const rng = createRng(spec.seed, 'removed-blocks', blocks, draw);
      const without = new Set(shuffle([...all], rng).slice(0, blocks));
      errors.push(network.judge({ branches: all.map((i) => (without.has(i) ? 0 : 1)) }).error);
      await progress();
    }
    removed.push({ blocks, errors });
  }
  return removed;
}

async function swapAtRandom(
  network: LesionedNetwork,
  plan: NetworkPlan,
  { spec, progress }: Random,
): Promise<Values['swapped']> {
  const groups = likeBlocks(plan).filter((group) => group.length > 1);
  const swapped: Values['swapped'] = [];
  for (const pairs of spreadCounts(mostSwaps(groups), spec.counts)) {
    const draws: { tau: number; error: number }[] = [];
    for (let draw = 0; draw < spec.draws; draw++) {
      const rng = createRng(spec.seed, 'swapped-blocks', pairs, draw);
      const order = plan.blocks.map(({ gate }) => gate);
      for (let pair = 0; pair < pairs; pair++) {
        // A pair at random among all pairs of like blocks.
        const choices = groups.flatMap((group) =>
          group.flatMap((a, i) => group.slice(i + 1).map((b) => [a, b] as const)),
        );
        const [a, b] = choices[rng.below(choices.length)] ?? [0, 0];
        [order[a], order[b]] = [order[b] ?? 0, order[a] ?? 0];
      }
      draws.push({ tau: kendallTau(order), error: network.judgeReordered(order).error });
      await progress();
    }
    swapped.push({ pairs, draws });
  }
  return swapped;
}

/** So many swaps already make any order of the blocks of a group likely. */
function mostSwaps(groups: readonly (readonly number[])[]): number {
  return groups.reduce((sum, group) => sum + group.length - 1, 0);
}

/** Blocks that can take each other's place: their weights have the same names and shapes. */
export function likeBlocks(plan: NetworkPlan): number[][] {
  const groups = new Map<string, number[]>();
  for (const block of plan.blocks) {
    const weights = weightsOf(plan).filter(({ unit }) => unit === block.name);
    const key = JSON.stringify([
      block.input,
      block.output,
      block.shortcut.kind,
      weights.map(({ name, shape }) => [name.slice(block.name.length), shape]),
    ]);
    groups.set(key, [...(groups.get(key) ?? []), block.gate]);
  }
  return [...groups.values()];
}

function changesShape({ input, output }: BlockPlan): boolean {
  return (
    input.height !== output.height ||
    input.width !== output.width ||
    input.channels !== output.channels
  );
}

function createProgress(
  context: ProbeContext,
  given: {
    readonly spec: Spec;
    readonly plan: NetworkPlan;
    readonly isPlain: boolean;
    readonly recalibration: readonly ImageBatch[];
  },
): () => Promise<void> {
  const { spec, plan, isPlain, recalibration } = given;
  const count = plan.blocks.length;
  const passes = (spec.shortcuts && !isPlain ? 2 : 1) * (recalibration.length > 0 ? 2 : 1);
  const groups = likeBlocks(plan).filter((group) => group.length > 1);
  const draws =
    spec.draws *
    (spreadCounts(count, spec.counts).length + spreadCounts(mostSwaps(groups), spec.counts).length);
  const total = passes * count + draws;
  let done = 0;
  return async () => {
    done++;
    await context.report(`Lesion ${done} of ${total}`, done / total);
  };
}
