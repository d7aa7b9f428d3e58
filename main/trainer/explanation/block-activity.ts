// One image through the network, block by block: what each unit puts out, where a block's branch adds
// something to what it was given, and how much, ‖F(x)‖ / ‖x‖ (He et al. 2015, arXiv 1512.03385, section 4.2).
// In evaluation mode and float32, without test-time flip.
import {
  KeptTensors,
  finiteOrNull,
  floatsOf,
  openProbe,
  probedLogits,
} from '../../studies/probe/probe-program.ts';
import type { ProbedNetwork } from '../../studies/probe/context.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { NetworkPlan } from '../../zoo/plan.ts';
import { mappedUnits } from './class-activation.ts';

export interface UnitActivity {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  /** [h, w]: mean over the channels of the unit's output. */
  readonly output: Float32Array;
  /** [h, w]: root of the mean square over the channels of F(x); null for the stem. */
  readonly added: Float32Array | null;
  /** ‖F(x)‖ / ‖x‖; null for the stem and for blocks without a shortcut. */
  readonly ratio: number | null;
}

export class BlockActivity {
  readonly #plan: NetworkPlan;
  readonly #program: Program;

  constructor(network: ProbedNetwork) {
    const { plan } = network;
    this.#plan = plan;
    const { height, width, channels } = plan.input;
    this.#program = openProbe(network, [
      {
        name: 'activity',
        feeds: [{ name: 'x', type: 'float32', shape: [1, height, width, channels] }],
        body: (inputs) => {
          const kept = new KeptTensors();
          let input: Tensor | undefined;
          probedLogits(network, inputs.feed('x'), {
            inputs,
            probe: {
              norm: 'running',
              tap: (place, value) => {
                if (place.kind === 'output') {
                  kept.keep(outputOf(place.unit), tf.mean(value, [0, 3]));
                  input = norm(value);
                }
                if (place.kind !== 'branch') return;
                kept.keep(addedOf(place.block), tf.sqrt(tf.mean(tf.square(value), [0, 3])));
                if (input !== undefined)
                  kept.keep(ratioOf(place.block), tf.div(norm(value), input));
              },
            },
          });
          const outputs = namesOf(plan).map((name): [string, Tensor] => [name, kept.get(name)]);
          kept.dispose();
          return { outputs: Object.fromEntries(outputs) };
        },
      },
    ]);
  }

  /** @param x normalized pixels of one image, [H, W, C] */
  of(x: Float32Array): UnitActivity[] {
    const results = this.#program.run('activity', {
      feeds: { x },
      outputs: namesOf(this.#plan),
      update: false,
    });
    const blocks = new Map(this.#plan.blocks.map((block) => [block.name, block]));
    return mappedUnits(this.#plan).map(({ name, output: { height, width } }) => {
      const block = blocks.get(name);
      const ratio =
        block === undefined || block.shortcut.kind === 'none'
          ? null
          : finiteOrNull(floatsOf(results, ratioOf(name))[0] ?? Number.NaN);
      return {
        ...{ name, height, width, ratio },
        output: floatsOf(results, outputOf(name)),
        added: block === undefined ? null : floatsOf(results, addedOf(name)),
      };
    });
  }

  dispose(): void {
    this.#program.dispose();
  }
}

const outputOf = (unit: string): string => `output/${unit}`;
const addedOf = (block: string): string => `added/${block}`;
const ratioOf = (block: string): string => `ratio/${block}`;

function namesOf(plan: NetworkPlan): string[] {
  return [
    ...mappedUnits(plan).map(({ name }) => outputOf(name)),
    ...plan.blocks.flatMap(({ name, shortcut }) =>
      shortcut.kind === 'none' ? [addedOf(name)] : [addedOf(name), ratioOf(name)],
    ),
  ];
}

/** ‖x‖, a scalar. */
function norm(value: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(value)));
}
