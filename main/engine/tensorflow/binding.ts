// The native addon of tfjs-node as this app uses it, typed; and TensorFlow's type numbers.
// Handles are integers owned by the addon: whoever gets one must delete it.

/** Element types that cross the binding. tfjs itself has no uint8; the binding does. */
export type ElementType = 'float32' | 'int32' | 'uint8' | 'bool' | 'int64' | 'resource';

/** TensorFlow's `DataType` enum (tensorflow/core/framework/types.proto). */
export const TYPE_NUMBER: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  resource: 20,
};

export function elementTypeOf(typeNumber: number): ElementType | undefined {
  for (const [name, number] of Object.entries(TYPE_NUMBER)) {
    if (number === typeNumber) return name as ElementType;
  }
  return undefined;
}

export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** An op attribute in the form that the addon takes. */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[] | object;
}

export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  executeOp(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputCount: number,
  ): NativeTensor[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  /** Names are comma separated; an output name ends in `:index`. */
  runSavedModel(
    session: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): NativeTensor[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}
