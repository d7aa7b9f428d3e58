// What a training pass computes besides the logits, kept past tfjs's automatic disposal.
import { tf, type Tensor } from '../tensorflow/library.ts';
import type { Observer } from './forward.ts';
import { jointNorm } from './optimizer.ts';

/** Collects what the forward and backward passes report, past tfjs's automatic disposal. */
export class Observations implements Observer {
  private readonly withDiagnostics: boolean;
  private readonly kept: Tensor[] = [];
  private readonly tensors = new Map<string, Tensor>();
  private readonly next: { name: string; value: Tensor }[] = [];
  private readonly responses = new Map<string, Tensor>();
  private readonly inputGradientNorms = new Map<string, Tensor>();

  constructor(withDiagnostics: boolean) {
    this.withDiagnostics = withDiagnostics;
  }

  keep(name: string, tensor: Tensor): void {
    this.tensors.set(name, this.hold(tensor.clone()));
  }

  statistics(layer: string, { mean, variance }: { mean: Tensor; variance: Tensor }): void {
    this.next.push(
      { name: `${layer}.running_mean`, value: this.hold(mean) },
      { name: `${layer}.running_var`, value: this.hold(variance) },
    );
  }

  response(convolution: string, deviation: () => Tensor): void {
    if (!this.withDiagnostics) return;
    this.responses.set(convolution, this.hold(tf.tidy(deviation)));
  }

  inputGradient(unit: string, dy: Tensor): void {
    if (!this.withDiagnostics) return;
    this.inputGradientNorms.set(unit, this.hold(tf.tidy(() => jointNorm([dy]))));
  }

  /** Hands everything over to the scope of the caller. */
  release(): {
    tensors: Map<string, Tensor>;
    statistics: { name: string; value: Tensor }[];
    responses: Map<string, Tensor>;
    inputGradientNorms: Map<string, Tensor>;
  } {
    const owned = (map: Map<string, Tensor>): Map<string, Tensor> =>
      new Map([...map].map(([name, tensor]) => [name, tensor.clone()]));
    const result = {
      tensors: owned(this.tensors),
      statistics: this.next.map(({ name, value }) => ({ name, value: value.clone() })),
      responses: owned(this.responses),
      inputGradientNorms: owned(this.inputGradientNorms),
    };
    tf.dispose(this.kept);
    return result;
  }

  private hold(tensor: Tensor): Tensor {
    this.kept.push(tensor);
    return tf.keep(tensor);
  }
}
