// Runs a program's functions op by op through tfjs. Slow; it is the oracle for the recorded form
// and the way to debug a function.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import type { TensorValues } from '../tensorflow/binding.ts';
import type {
  FunctionInputs,
  HostValue,
  Program,
  ProgramFunction,
  ProgramSpec,
  RunRequest,
  StateSpec,
  Update,
} from './program.ts';

export function createEagerProgram(spec: ProgramSpec): Program {
  return new EagerProgram(spec);
}

class EagerProgram implements Program {
  private readonly specs: ReadonlyMap<string, StateSpec>;
  private readonly functions: ReadonlyMap<string, ProgramFunction>;
  private readonly state = new Map<string, Tensor>();

  constructor(spec: ProgramSpec) {
    this.specs = new Map(spec.state.map((state) => [state.name, state]));
    this.functions = new Map(spec.functions.map((fn) => [fn.name, fn]));
  }

  run(name: string, request: RunRequest): Record<string, HostValue> {
    const fn = this.functions.get(name);
    if (!fn) throw new Error(`The program has no function ${name}.`);
    const results: Record<string, HostValue> = {};
    tf.tidy(() => {
      const feeds = new Map(
        fn.feeds.map((feed) => {
          const values = request.feeds[feed.name];
          if (!values) throw new Error(`${name} needs the feed ${feed.name}.`);
          return [feed.name, createTensor(feed.type, feed.shape, values)];
        }),
      );
      const inputs: FunctionInputs = {
        state: (key) => this.get(key),
        feed: (key) => valueOf(feeds, key, 'feed'),
      };
      const result = fn.body(inputs);
      for (const output of request.outputs) {
        const tensor = result.outputs[output];
        if (!tensor) throw new Error(`${name} has no output ${output}.`);
        results[output] = { shape: tensor.shape, values: tensor.dataSync<'float32'>() };
      }
      const isWanted = result.condition === undefined || result.condition.dataSync()[0] === 1;
      if (request.update && isWanted) this.apply(result.updates ?? []);
    });
    return results;
  }

  write(values: ReadonlyMap<string, TensorValues>): void {
    for (const [name, array] of values) {
      const spec = valueOf(this.specs, name, 'state');
      this.replace(name, createTensor(spec.type, spec.shape, array));
    }
  }

  read(names: readonly string[]): Map<string, TensorValues> {
    return new Map(names.map((name) => [name, this.get(name).dataSync<'float32'>()]));
  }

  dispose(): void {
    for (const tensor of this.state.values()) tensor.dispose();
    this.state.clear();
  }

  private get(name: string): Tensor {
    return valueOf(this.state, name, 'state');
  }

  private apply(updates: readonly Update[]): void {
    // All new values first: an update may read state that another one replaces.
    const next = updates.flatMap((update): [string, Tensor][] => {
      switch (update.kind) {
        case 'assign':
          return [[update.state, update.value]];
        case 'momentum': {
          const { rate, momentum, decay } = update;
          const gradient =
            decay === 0
              ? update.gradient
              : tf.add(update.gradient, tf.mul(this.get(update.state), decay));
          const slot = tf.add(tf.mul(this.get(update.slot), momentum), gradient);
          const direction = update.nesterov ? tf.add(gradient, tf.mul(slot, momentum)) : slot;
          const value = tf.sub(this.get(update.state), tf.mul(rate, direction));
          return [
            [update.slot, slot],
            [update.state, value],
          ];
        }
        case 'descend': {
          const change = tf.mul(update.rate, update.direction);
          return [[update.state, tf.sub(this.get(update.state), change)]];
        }
        case 'adam': {
          const { gradient, rate, epsilon, beta1, beta2, decay } = update;
          const towards = (slot: string, value: Tensor, share: number): Tensor => {
            const old = this.get(slot);
            return tf.add(old, tf.mul(tf.sub(value, old), share));
          };
          const mean = towards(update.mean, gradient, 1 - beta1);
          const square = towards(update.square, tf.square(gradient), 1 - beta2);
          const direction = tf.div(mean, tf.add(tf.sqrt(square), epsilon));
          const old = this.get(update.state);
          const kept = decay ? tf.sub(old, tf.mul(decay.rate, tf.mul(old, decay.factor))) : old;
          return [
            [update.mean, mean],
            [update.square, square],
            [update.state, tf.sub(kept, tf.mul(rate, direction))],
          ];
        }
      }
    });
    for (const [name, tensor] of next) this.replace(name, tensor.clone());
  }

  private replace(name: string, tensor: Tensor): void {
    this.state.get(name)?.dispose();
    this.state.set(name, tf.keep(tensor));
  }
}

function valueOf<T>(map: ReadonlyMap<string, T>, key: string, what: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`The program has no ${what} ${key}.`);
  return value;
}
