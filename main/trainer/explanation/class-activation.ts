// Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2): where in a unit's output the evidence
// for a class lies. L = ReLU(Σ_k α_k A^k), with A^k channel k of the output and α_k the mean over its places of
// the gradient of the class's logit. In evaluation mode and float32, without test-time flip.
import {
  KeptTensors,
  floatsOf,
  openProbe,
  probedLogits,
} from '../../studies/probe/probe-program.ts';
import type { ProbedNetwork } from '../../studies/probe/context.ts';
import type { Program } from '../../engine/recording/program.ts';
import { relu } from '../../engine/ops/layers.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { MapShape, NetworkPlan } from '../../zoo/plan.ts';

export interface ActivationMap {
  readonly height: number;
  readonly width: number;
  /** Row-major, ≥ 0, in logits. */
  readonly values: Float32Array;
}

/** Units whose output is a map, in depth order: stem and blocks. */
export function mappedUnits({ stem, blocks }: NetworkPlan): { name: string; output: MapShape }[] {
  const ofStem = stem.layers.at(-1)?.output;
  return [
    ...(ofStem === undefined ? [] : [{ name: stem.name, output: ofStem }]),
    ...blocks.map(({ name, output }) => ({ name, output })),
  ];
}

export class ClassActivation {
  readonly #plan: NetworkPlan;
  readonly #program: Program;

  constructor(network: ProbedNetwork) {
    const { plan } = network;
    this.#plan = plan;
    const { height, width, channels } = plan.input;
    this.#program = openProbe(network, [
      {
        name: 'class-activation',
        feeds: [
          { name: 'x', type: 'float32', shape: [1, height, width, channels] },
          { name: 'target', type: 'float32', shape: [1, plan.classes] },
        ],
        body: (inputs) => ({
          outputs: activationMaps(network, inputs.feed('x'), (x, probe) =>
            tf.sum(tf.mul(probedLogits(network, x, { inputs, probe }), inputs.feed('target'))),
          ),
        }),
      },
    ]);
  }

  /**
   * @param x normalized pixels of one image, [H, W, C]
   * @param target the class whose evidence is asked for
   */
  map(
    x: Float32Array,
    { unit, target }: { readonly unit: string; readonly target: number },
  ): ActivationMap {
    const place = mappedUnits(this.#plan).find(({ name }) => name === unit);
    if (place === undefined) throw new Error(`The network has no map ${unit}.`);
    const wanted = new Float32Array(this.#plan.classes);
    wanted[target] = 1;
    const results = this.#program.run('class-activation', {
      feeds: { x, target: wanted },
      outputs: [unit],
      update: false,
    });
    const { height, width } = place.output;
    return { height, width, values: floatsOf(results, unit) };
  }

  dispose(): void {
    this.#program.dispose();
  }
}

type Logit = (x: Tensor, probe: Parameters<typeof probedLogits>[2]['probe']) => Tensor;

/** The map of every unit, [h, w], by its name; those that are not fetched cost nothing. */
function activationMaps(
  { plan }: ProbedNetwork,
  image: Tensor,
  logitOf: Logit,
): Record<string, Tensor> {
  const outputs = new KeptTensors();
  const gradients = new KeptTensors();
  // The gradient at a unit's output is the one at the next unit's input.
  tf.grad((x: Tensor): Tensor =>
    logitOf(x, {
      norm: 'running',
      tap: (place, value) => {
        if (place.kind === 'output') outputs.keep(place.unit, value);
      },
      inputGradient: (unit, dy) => gradients.keep(unit, dy),
    }),
  )(image);
  const units = mappedUnits(plan);
  const next = [...plan.blocks.map(({ name }) => name), plan.head.name];
  const maps = units.map(({ name, output }, i): [string, Tensor] => {
    const importance = tf.mean(gradients.get(next[i] ?? plan.head.name), [1, 2], true);
    const weighted = tf.sum(tf.mul(outputs.get(name), importance), 3);
    return [name, tf.reshape(relu(weighted), [output.height, output.width])];
  });
  outputs.dispose();
  gradients.dispose();
  return Object.fromEntries(maps);
}
