// What a recorded step is made of, whether it runs eagerly (the oracle) or as a native session.
import type { Tensor } from '../tensorflow/library.ts';
import type { ElementType, TensorValues } from '../tensorflow/binding.ts';

/** A tensor that outlives steps: parameter, slot, statistic or resident data. */
export interface StateSpec {
  readonly name: string;
  readonly type: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  /** A smaller shape to record with, for data whose size no recorded op depends on. */
  readonly traceShape?: readonly number[];
  /**
   * Vectors of float32 with the same name here lie in one variable. A function that updates one of them
   * must update all, by the same rule.
   */
  readonly packed?: string | undefined;
  /** Large input data is pinned to host memory. */
  readonly onHost?: boolean;
}

/** A value given to each call. */
export interface FeedSpec {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** How a function changes state. */
export type Update =
  | { readonly kind: 'assign'; readonly state: string; readonly value: Tensor }
  /**
   * g = gradient + decay · parameter; slot ← momentum · slot + g; parameter ← parameter − rate · slot,
   * or with Nesterov parameter − rate · (g + momentum · slot). PyTorch's SGD without dampening.
   */
  | {
      readonly kind: 'momentum';
      readonly state: string;
      readonly slot: string;
      readonly gradient: Tensor;
      readonly rate: Tensor;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly decay: number;
    }
  /** state ← state − rate · direction. */
  | {
      readonly kind: 'descend';
      readonly state: string;
      readonly direction: Tensor;
      readonly rate: Tensor;
    }
  /**
   * First state ← state − decay.rate · decay.factor · state, if there is a decay; then
   * mean ← mean + (1 − β₁)(g − mean); square ← square + (1 − β₂)(g² − square);
   * state ← state − rate · mean / (√square + ε). The bias correction is in rate and ε.
   */
  | {
      readonly kind: 'adam';
      readonly state: string;
      readonly mean: string;
      readonly square: string;
      readonly gradient: Tensor;
      readonly rate: Tensor;
      readonly epsilon: Tensor;
      readonly beta1: number;
      readonly beta2: number;
      readonly decay: { readonly rate: Tensor; readonly factor: number } | undefined;
    };

export interface FunctionResult {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: readonly Update[];
  /** A bool scalar: where it is false, a call changes no state. */
  readonly condition?: Tensor;
}

export interface FunctionInputs {
  readonly state: (name: string) => Tensor;
  readonly feed: (name: string) => Tensor;
}

/** A function of state and feeds, in tfjs ops. It must do the same ops whatever the values are. */
export interface ProgramFunction {
  readonly name: string;
  readonly feeds: readonly FeedSpec[];
  readonly body: (inputs: FunctionInputs) => FunctionResult;
}

export interface ProgramSpec {
  /** Devices that functions may use with `onReplica`; 1 where left out. */
  readonly replicas?: number;
  readonly state: readonly StateSpec[];
  readonly functions: readonly ProgramFunction[];
}

export interface HostValue {
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface RunRequest {
  readonly feeds: Readonly<Record<string, TensorValues>>;
  readonly outputs: readonly string[];
  /** Apply the function's updates to the state. */
  readonly update: boolean;
}

/** State plus functions, ready to run. */
export interface Program {
  run(name: string, request: RunRequest): Record<string, HostValue>;
  /** Replaces state; what is not named keeps its value. */
  write(values: ReadonlyMap<string, TensorValues>): void;
  /** Copies of float32 and int32 state. */
  read(names: readonly string[]): Map<string, TensorValues>;
  dispose(): void;
}
