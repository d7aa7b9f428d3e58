// How much of the gradient comes by paths of each length (Veit et al. 2016, arXiv 1605.06431, section 4.2
// and figure 6): random paths, each backward from an image of its own, in evaluation mode.
import { inputError } from '../../../shared/errors.ts';
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { createRng, shuffle } from '../../../shared/rng.ts';
import { summarize } from '../../../shared/stats/summary.ts';
import { spreadCounts } from '../lesions/spread-counts.ts';
import type { ProbeContext } from '../probe/context.ts';
import { batchOf, PROBE_BATCH } from '../probe/images.ts';
import { pathShares } from './effective-depth.ts';
import { PathGradients } from './path-gradients-probe.ts';

type Values = ProbeValuesOf<'path-lengths'>;

/** @throws inputError `needs-shortcuts` for a network of which a block has no shortcut */
export async function probePathLengths(
  context: ProbeContext,
  spec: ProbeSpecOf<'path-lengths'>,
): Promise<Values> {
  const { plan } = context;
  const blocks = plan.blocks.length;
  const plain = plan.blocks.find(({ shortcut }) => shortcut.kind === 'none');
  if (plain !== undefined) {
    throw inputError(
      'needs-shortcuts',
      `Paths have lengths only where every block has a shortcut; ${plain.name} of ${plan.spec.name} has none. Choose a residual network.`,
    );
  }
  const source = context.images(spec.split);
  const size = Math.min(PROBE_BATCH, spec.samples);
  const counts = [0, ...spreadCounts(blocks, Math.max(2, spec.lengths - 1))];
  const gradients = new PathGradients(context, size);
  const lengths: Values['lengths'] = [];
  try {
    for (const [i, length] of counts.entries()) {
      const norms: number[] = [];
      for (let start = 0; start < spec.samples; start += size) {
        const count = Math.min(size, spec.samples - start);
        const rng = createRng(spec.seed, 'paths', length, start);
        const rows = Int32Array.from({ length: count }, () => rng.below(source.count));
        const batch = await batchOf(source, rows, size);
        const paths = new Float32Array(size * blocks);
        for (let n = 0; n < size; n++) {
          const order = shuffle(
            Int32Array.from({ length: blocks }, (_, g) => g),
            rng,
          );
          for (const g of order.subarray(0, length)) paths[n * blocks + g] = 1;
        }
        norms.push(...gradients.norms(batch, paths).subarray(0, count));
      }
      const { mean, deviation, n } = summarize(norms) ?? { mean: 0, deviation: null, n: 0 };
      lengths.push({ length, mean, deviation, samples: n });
      await context.report(`Paths of length ${length} of ${blocks}`, (i + 1) / counts.length);
    }
  } finally {
    gradients.dispose();
  }
  return {
    kind: 'path-lengths',
    split: source.split,
    blocks,
    lengths,
    ...pathShares(blocks, lengths),
  };
}
