// What a PyTorch program needs besides the weights: the network as lists of layers, which network.py builds,
// and how an image becomes its input.
import type { NetworkPlan } from '../../zoo/plan.ts';
import type { ModelDescription } from '../model-description.ts';

/** The text of `config.json`. A mean image is not in it, but with the weights. */
export function pytorchConfig(plan: NetworkPlan, description: ModelDescription): string {
  const { normalization, run, ...about } = description;
  const { mean, deviation, meanImage } = normalization;
  const { spec, stem, blocks, head } = plan;
  const document = {
    format: 1,
    ...about,
    normalization: { mean, deviation, hasMeanImage: meanImage !== undefined },
    ...(run === undefined ? {} : { run }),
    architecture: spec,
    network: { stem, blocks, head },
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}
