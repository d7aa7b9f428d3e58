// Records what tfjs does natively while a function runs once: every op and every constant, by
// standing in for the native binding. What cannot be repeated faithfully is refused here: values
// read back, stateful randoms, random numbers drawn in JavaScript, tensors from nowhere.
import type { AppError } from '../../../shared/errors.ts';
import { failure } from '../../../shared/errors.ts';
import { binding, withBinding } from '../tensorflow/library.ts';
import {
  elementTypeOf,
  type ElementType,
  type NativeAttribute,
  type NativeBinding,
  type TensorValues,
} from '../tensorflow/binding.ts';
import { currentPlacement, currentReplica, type Placement } from './placement.ts';
import { isKeptFloat32 } from './precision.ts';

export interface RecordedNode {
  readonly name: string;
  readonly op: string;
  readonly attributes: readonly NativeAttribute[];
  readonly inputs: readonly string[];
  /** TensorFlow type numbers of the inputs. */
  readonly inputTypes: readonly number[];
  readonly placement: Placement;
  readonly keepsFloat32: boolean;
  /** Shapes and types of its outputs, for the graph dump. */
  readonly outputs: readonly { readonly shape: readonly number[]; readonly type: string }[];
}

export interface RecordedConstant {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: TensorValues;
  readonly placement: Placement;
}

export interface Recording {
  readonly nodes: readonly RecordedNode[];
  readonly constants: readonly RecordedConstant[];
  /** Graph name (`Conv2D_12`, `FusedBatchNormV3_13:1`) of a handle made while recording. */
  nameOf(handle: number): string;
}

/** Constants up to this size need no declaration: shapes, axes, paddings, coefficients. */
const UNDECLARED_CONSTANT_LIMIT = 16;

/** Ops whose result differs from run to run and cannot be seeded from a feed. */
const STATEFUL_RANDOM =
  /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncated|StatefulRandom)/;

const declared = new WeakSet<TensorValues>();

/**
 * Marks an array as a deliberate constant, so that `record` does not take it for random values that
 * were frozen by accident. Returns the same array.
 */
export function declareConstant<T extends TensorValues>(values: T): T {
  declared.add(values);
  return values;
}

export interface RecordOptions {
  /** Prefix of node names, unique in the graph. */
  readonly scope: string;
  /** Handles that exist before: state and feeds, with the graph name that stands for each. */
  readonly known: ReadonlyMap<number, { readonly name: string; readonly type: number }>;
}

/**
 * Runs `body` once, eagerly, and returns its result and what it did.
 * @throws failure `frozen-random`, `value-read`, `unknown-tensor`
 */
export function record<T>(
  options: RecordOptions,
  body: () => T,
): { result: T; recording: Recording } {
  const recorder = new Recorder(options);
  const result = withoutRandom(() => withBinding(recorder.standIn(), body));
  return { result, recording: recorder };
}

class Recorder implements Recording {
  readonly nodes: RecordedNode[] = [];
  readonly constants: RecordedConstant[] = [];
  private readonly sources: Map<number, { readonly name: string; readonly type: number }>;
  private readonly constantByContent = new Map<string, string>();
  private readonly scope: string;

  constructor(options: RecordOptions) {
    this.scope = options.scope;
    this.sources = new Map(options.known);
  }

  nameOf(handle: number): string {
    return this.sourceOf(handle).name;
  }

  private sourceOf(handle: number): { readonly name: string; readonly type: number } {
    const source = this.sources.get(handle);
    if (source === undefined) {
      throw failure(
        'unknown-tensor',
        'A recorded function used a tensor that was made outside of it. Pass it in as state or as a feed, or make it inside the function.',
        { details: { scope: this.scope, handle } },
      );
    }
    return source;
  }

  standIn(): NativeBinding {
    return Object.create(binding, {
      createTensor: {
        value: (shape: readonly number[], dtype: number, values: TensorValues): number => {
          // Refused constants must not leave a native tensor behind.
          const name = this.addConstant(shape, dtype, values);
          const handle = binding.createTensor(shape, dtype, values);
          this.sources.set(handle, { name, type: dtype });
          return handle;
        },
      },
      executeOp: {
        value: (
          op: string,
          attributes: readonly NativeAttribute[],
          inputs: readonly number[],
          outputCount: number,
        ) => {
          if (STATEFUL_RANDOM.test(op)) {
            throw frozenRandom(`${op} draws different numbers each time it runs`);
          }
          const sources = inputs.map((handle) => this.sourceOf(handle));
          const outputs = binding.executeOp(op, attributes, inputs, outputCount);
          const name = `${this.scope}/${op}_${this.nodes.length}`;
          this.nodes.push({
            name,
            op,
            attributes,
            inputs: sources.map((source) => source.name),
            inputTypes: sources.map((source) => source.type),
            placement: currentPlacement(),
            keepsFloat32: isKeptFloat32(),
            outputs: outputs.map(({ shape, dtype }) => ({
              shape,
              type: elementTypeOf(dtype) ?? `type ${dtype}`,
            })),
          });
          outputs.forEach(({ id, dtype }, index) => {
            this.sources.set(id, { name: index === 0 ? name : `${name}:${index}`, type: dtype });
          });
          return outputs;
        },
      },
      tensorDataSync: {
        value: () => {
          throw failure(
            'value-read',
            "A recorded function read a tensor's value. What depends on a value would be frozen into the recording; compute it with ops instead.",
            { details: { scope: this.scope } },
          );
        },
      },
    }) as NativeBinding;
  }

  private addConstant(shape: readonly number[], dtype: number, values: TensorValues): string {
    const type = elementTypeOf(dtype);
    if (type === undefined || !ArrayBuffer.isView(values)) {
      throw failure(
        'inexpressible-constant',
        `A recorded function uploaded a constant of TensorFlow type ${dtype}, which a recording cannot hold; it knows float32, int32, uint8 and bool.`,
        { details: { scope: this.scope, dtype } },
      );
    }
    const isSuspicious =
      values.length > UNDECLARED_CONSTANT_LIMIT &&
      !declared.has(values) &&
      values.some((value) => value !== values[0]);
    if (isSuspicious) {
      throw frozenRandom(
        `a constant of ${values.length} differing values, shape [${shape.join(', ')}], was uploaded without being declared`,
      );
    }
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    // Each replica has constants of its own, so that none has to fetch them from another.
    const placement = currentReplica() === 0 ? 'anywhere' : currentPlacement();
    const content = `${placement}|${dtype}|${shape.join(',')}|${bytes.toString('latin1')}`;
    const existing = this.constantByContent.get(content);
    if (existing !== undefined) return existing;
    const name = `${this.scope}/const_${this.constants.length}`;
    // tfjs may reuse or hand back its arrays; the recording keeps its own copy.
    this.constants.push({ name, type, shape: [...shape], values: values.slice(), placement });
    this.constantByContent.set(content, name);
    return name;
  }
}

function frozenRandom(what: string): AppError {
  return failure(
    'frozen-random',
    `A random value would be frozen into the recording: ${what}. Use a stateless random op with a fed seed, or declare the constant.`,
  );
}

/** tfjs seeds its own randoms from Math.random; while recording that is an error. */
function withoutRandom<T>(body: () => T): T {
  const original = Math.random;
  Math.random = () => {
    throw frozenRandom('JavaScript drew a random number');
  };
  try {
    return body();
  } finally {
    Math.random = original;
  }
}
