// How a program's state lies in TensorFlow's resource variables. Vectors that a program names as one
// pack share a variable: a deep network has hundreds of short ones, and reading and updating each by
// itself costs more than the arithmetic (ResNet-110 at batch 16: 6 % of the step).
import { groupBy } from '../../../shared/group-by.ts';
import { TYPE_NUMBER, type TensorValues } from '../tensorflow/binding.ts';
import type { Graph } from './graph.ts';
import { currentPlacement, onReplica } from './placement.ts';
import type { StateSpec } from './program.ts';
import { addToken } from './token.ts';

/** One resource variable: a state by itself, or the members of a pack one behind the other. */
export interface Variable extends Omit<StateSpec, 'packed'> {
  readonly members: readonly StateSpec[];
}

interface Place {
  readonly variable: Variable;
  /** Among the variable's members. */
  readonly index: number;
  /** Where its elements begin in the variable. */
  readonly offset: number;
  readonly length: number;
}

export class Variables {
  readonly all: readonly Variable[];
  private readonly places: ReadonlyMap<string, Place>;

  /** Devices that read the variables, which are all on the first. */
  readonly replicas: number;

  constructor(states: readonly StateSpec[], replicas = 1) {
    this.replicas = replicas;
    this.all = [...groupBy(states, packKey).values()].map(variableOf);
    this.places = new Map(this.all.flatMap(placesIn));
  }

  placeOf(state: string): Place {
    const place = this.places.get(state);
    if (!place) throw new Error(`The program has no state ${state}.`);
    return place;
  }

  /** The graph name of a state's present value, for what a replica computes. */
  sourceOf(state: string, replica = 0): string {
    const { variable, index } = this.placeOf(state);
    if (variable.members.length === 1) return readNode(variable);
    const parts = partsNode(variable, replica);
    return index === 0 ? parts : `${parts}:${index}`;
  }

  /** Adds every variable with its read and its write. */
  addTo(graph: Graph): void {
    for (const variable of this.all) addVariable(graph, variable, this.replicas);
  }

  /** The nodes that reading and writing need. */
  get roots(): string[] {
    return this.all.flatMap((variable) => [
      variable.members.length > 1 ? partsNode(variable) : readNode(variable),
      writtenNode(variable),
    ]);
  }

  /** Values by variable from values by state; `present` gives those of a pack that is not whole. */
  gather(
    values: ReadonlyMap<string, TensorValues>,
    present: (variable: Variable) => TensorValues,
  ): Map<Variable, TensorValues> {
    const gathered = new Map<Variable, TensorValues>();
    for (const [name, array] of values) {
      const { variable, offset, length } = this.placeOf(name);
      if (variable.members.length === 1) {
        gathered.set(variable, array);
        continue;
      }
      if (array.length !== length) {
        throw new Error(`${name} has ${length} elements, not ${array.length}.`);
      }
      const isWhole = variable.members.every((member) => values.has(member.name));
      const all =
        gathered.get(variable) ??
        (isWhole ? new Float32Array(variable.shape[0] ?? 0) : present(variable).slice());
      all.set(array, offset);
      gathered.set(variable, all);
    }
    return gathered;
  }
}

export const handleNode = ({ name }: Variable): string => `state/${name}`;
export const readNode = ({ name }: Variable): string => `state/${name}/read`;
export const valueNode = ({ name }: Variable): string => `state/${name}/value`;
export const writtenNode = ({ name }: Variable): string => `state/${name}/written`;
const partsNode = ({ name }: Variable, replica = 0): string =>
  replica === 0 ? `state/${name}/parts` : `state/${name}/parts-${replica}`;

function packKey({ name, packed }: StateSpec): string {
  return packed === undefined ? `state ${name}` : `pack ${packed}`;
}

function variableOf(members: readonly StateSpec[]): Variable {
  const [first] = members;
  if (!first) throw new Error('A variable has no members.');
  const { packed, ...alone } = first;
  if (members.length === 1) return { ...alone, members };
  const unfit = members.find(({ type, shape }) => type !== 'float32' || shape.length !== 1);
  if (unfit) throw new Error(`${unfit.name} is not a vector of float32 and cannot be packed.`);
  const length = members.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { name: `pack/${packed}`, type: 'float32', shape: [length], members };
}

function placesIn(variable: Variable): [string, Place][] {
  let offset = 0;
  return variable.members.map(({ name, shape }, index): [string, Place] => {
    const length = shape.reduce((product, size) => product * size, 1);
    const place = { variable, index, offset, length };
    offset += length;
    return [name, place];
  });
}

function addVariable(graph: Graph, variable: Variable, replicas: number): void {
  const { name, type, shape, onHost, members } = variable;
  const placement = onHost ? 'host' : 'anywhere';
  const dtype = { kind: 'type', value: TYPE_NUMBER[type] } as const;
  const dims = { kind: 'shape', value: shape } as const;
  const handle = graph.add({
    name: handleNode(variable),
    op: 'VarHandleOp',
    inputs: [],
    attributes: {
      dtype,
      shape: dims,
      shared_name: { kind: 'text', value: name },
      container: { kind: 'text', value: '' },
    },
    placement,
  });
  const read = graph.add({
    name: readNode(variable),
    op: 'ReadVariableOp',
    inputs: [handle],
    attributes: { dtype },
    placement,
  });
  // A pack crosses to another device whole.
  for (let replica = 0; members.length > 1 && replica < replicas; replica++) {
    onReplica(replica, () => addParts(graph, variable, { read, replica }));
  }
  const value = graph.add({
    name: valueNode(variable),
    op: 'Placeholder',
    inputs: [],
    attributes: { dtype, shape: dims },
    placement,
  });
  const assign = graph.add({
    name: `${handle}/assign`,
    op: 'AssignVariableOp',
    inputs: [handle, value],
    attributes: { dtype },
    placement,
  });
  addToken(graph, writtenNode(variable), [assign]);
}

/** TensorFlow splits along the first axis without a copy where the parts stay aligned. */
function addParts(
  graph: Graph,
  variable: Variable,
  { read, replica }: { readonly read: string; readonly replica: number },
): void {
  const name = partsNode(variable, replica);
  const placement = currentPlacement();
  const count = variable.members.length;
  const constant = (label: string, shape: readonly number[], values: Int32Array): string =>
    graph.addConstant(`${name}/${label}`, { type: 'int32', shape, values }, placement);
  const lengths = Int32Array.from(variable.members, ({ shape }) => shape[0] ?? 0);
  const sizes = constant('sizes', [count], lengths);
  const axis = constant('axis', [], new Int32Array([0]));
  graph.add({
    name,
    op: 'SplitV',
    inputs: [read, sizes, axis],
    attributes: {
      num_split: { kind: 'int', value: count },
      T: { kind: 'type', value: TYPE_NUMBER.float32 },
      Tlen: { kind: 'type', value: TYPE_NUMBER.int32 },
    },
    placement,
  });
}
