// A network recorded for a probe: weights as state, functions of image batches.
import { forward, type Forward } from '../../engine/network/forward.ts';
import type { ProbeHooks } from '../../engine/network/probe-hooks.ts';
import { crossEntropy, smoothedTargets } from '../../engine/ops/classification.ts';
import { normalize } from '../../engine/ops/input.ts';
import type {
  FeedSpec,
  FunctionInputs,
  HostValue,
  Program,
  ProgramFunction,
} from '../../engine/recording/program.ts';
import { recordProgram } from '../../engine/recording/recorded-program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import type { ProbedNetwork } from './context.ts';

/** Records the functions and gives them the network's weights. */
export function openProbe(network: ProbedNetwork, functions: readonly ProgramFunction[]): Program {
  const program = recordProgram({
    state: weightsOf(network.plan).map(({ name, shape }) => ({ name, type: 'float32', shape })),
    functions,
  });
  program.write(network.weights);
  return program;
}

export function imageFeeds({ plan }: ProbedNetwork, batch: number): FeedSpec[] {
  const { height, width, channels } = plan.input;
  return [
    { name: 'images', type: 'uint8', shape: [batch, height, width, channels] },
    { name: 'labels', type: 'int32', shape: [batch] },
    { name: 'valid', type: 'float32', shape: [batch] },
  ];
}

export const gateFeed = (name: string, { plan }: ProbedNetwork): FeedSpec => ({
  name,
  type: 'float32',
  shape: [plan.blocks.length],
});

/** The network's input, normalized: [N, H, W, C]. */
export function inputOf({ normalization }: ProbedNetwork, inputs: FunctionInputs): Tensor {
  return normalize(inputs.feed('images'), normalization);
}

/** Logits [N, K] of a probed pass. */
export function probedLogits(
  { plan }: ProbedNetwork,
  x: Tensor,
  pass: { readonly inputs: FunctionInputs; readonly probe: ProbeHooks; readonly gates?: Tensor },
): Tensor {
  const { inputs, probe, gates } = pass;
  const given: Forward = {
    weight: (name) => inputs.state(name),
    gates,
    mode: { kind: 'inference' },
    probe,
  };
  return forward(plan, x, given);
}

/** Loss of each example, [N]. */
export function lossesOf({ plan }: ProbedNetwork, logits: Tensor, labels: Tensor): Tensor {
  return crossEntropy(logits, smoothedTargets(labels, plan.classes, 0));
}

/** How often each branch takes part in evaluation, [G], as factors on the host. */
export function survivalsOf({ plan }: ProbedNetwork): readonly number[] {
  return plan.blocks.map(({ survival }) => survival);
}

/** Values kept past tfjs's automatic disposal while a pass goes on, by name. */
export class KeptTensors {
  private readonly kept = new Map<string, Tensor>();

  keep(name: string, value: Tensor): void {
    this.kept.set(name, tf.keep(value.clone()));
  }

  /** Those of these names, stacked, [names, …]; the others stay. */
  stacked(names: readonly string[]): Tensor {
    return tf.stack(names.map((name) => this.get(name)));
  }

  get(name: string): Tensor {
    const value = this.kept.get(name);
    if (!value) throw new Error(`The pass had no ${name}.`);
    return value.clone();
  }

  dispose(): void {
    tf.dispose([...this.kept.values()]);
    this.kept.clear();
  }
}

export function floatsOf(results: Readonly<Record<string, HostValue>>, name: string): Float32Array {
  const values = results[name]?.values;
  if (!(values instanceof Float32Array)) throw new Error(`The probe returned no floats ${name}.`);
  return values;
}

/** JSON has no word for a number that is not finite. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
