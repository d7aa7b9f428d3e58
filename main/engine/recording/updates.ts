// A function's updates as nodes that change variables in place. Updates that say the same of all members
// of a pack become one of the pack.
import { groupBy } from '../../../shared/group-by.ts';
import { TYPE_NUMBER } from '../tensorflow/binding.ts';
import type { Tensor } from '../tensorflow/library.ts';
import type { Graph, GraphAttribute } from './graph.ts';
import type { Update } from './program.ts';
import { addToken } from './token.ts';
import { handleNode, readNode, type Variable, type Variables } from './variables.ts';

export interface UpdateScope {
  readonly graph: Graph;
  readonly variables: Variables;
  /** Prefix of node names. */
  readonly name: string;
  /** The graph name of a recorded tensor. */
  readonly sourceOf: (tensor: Tensor) => string;
}

/** An update whose states are variables and whose tensors are graph names. */
interface Change {
  /** What it does, with every number in it: equal for all members of a pack. */
  readonly rule: Rule;
  /** The parameter or statistic first, then its slots. */
  readonly states: readonly string[];
  /** The new value, the gradient or the direction. */
  readonly operand: string;
}

type Rule =
  | { readonly kind: 'assign' }
  | {
      readonly kind: 'momentum';
      readonly rate: string;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly decay: number;
    }
  | { readonly kind: 'descend'; readonly rate: string }
  | {
      readonly kind: 'adam';
      readonly rate: string;
      readonly epsilon: string;
      readonly beta1: number;
      readonly beta2: number;
      readonly decay: { readonly rate: string; readonly factor: number } | undefined;
    };

type RuleOf<K extends Rule['kind']> = Extract<Rule, { kind: K }>;

const FLOAT = { kind: 'type', value: TYPE_NUMBER.float32 } as const;
const UNLOCKED = { kind: 'bool', value: false } as const;

/**
 * Adds the updates; returns the node after which all of them are done, undefined if there are none.
 * `condition`: the graph name of a bool scalar; where it is false, nothing is changed.
 */
export function addUpdates(
  scope: UpdateScope,
  updates: readonly Update[],
  condition?: string,
): string | undefined {
  if (updates.length === 0) return undefined;
  const changes = updates.map((update) => changeOf(update, scope.sourceOf));
  const groups = groupBy(changes, ({ rule, states }) =>
    JSON.stringify([rule, states.map((state) => scope.variables.placeOf(state).variable.name)]),
  );
  const gate = condition === undefined ? undefined : new Gate(scope, condition);
  const done = [...groups.values()].map((group) => addChange(scope, group, gate));
  const token = addToken(scope.graph, `${scope.name}/updated`, done);
  return gate === undefined ? token : gate.join(token);
}

/** TensorFlow does not run what depends on the side of a `Switch` that was not taken, updates included. */
class Gate {
  private readonly scope: UpdateScope;
  private readonly condition: string;

  constructor(scope: UpdateScope, condition: string) {
    this.scope = scope;
    this.condition = condition;
  }

  /** The tensor, where the condition is true. */
  through(name: string, tensor: string): string {
    return `${this.switch(name, tensor, TYPE_NUMBER.float32)}:1`;
  }

  /** A token that is there whether the updates ran or not. */
  join(token: string): string {
    const { graph, name } = this.scope;
    const one = graph.addConstant(`${name}/not-updated/token`, {
      type: 'int32',
      shape: [],
      values: new Int32Array([0]),
    });
    const otherwise = this.switch(`${name}/not-updated`, one, TYPE_NUMBER.int32);
    return graph.add({
      name: `${name}/updated-or-not`,
      op: 'Merge',
      inputs: [token, otherwise],
      attributes: {
        N: { kind: 'int', value: 2 },
        T: { kind: 'type', value: TYPE_NUMBER.int32 },
      },
    });
  }

  private switch(name: string, tensor: string, type: number): string {
    return this.scope.graph.add({
      name: `${name}/switch`,
      op: 'Switch',
      inputs: [tensor, this.condition],
      attributes: { T: { kind: 'type', value: type } },
    });
  }
}

function changeOf(update: Update, sourceOf: (tensor: Tensor) => string): Change {
  switch (update.kind) {
    case 'assign':
      return {
        rule: { kind: 'assign' },
        states: [update.state],
        operand: sourceOf(update.value),
      };
    case 'momentum': {
      const { momentum, nesterov, decay } = update;
      return {
        rule: { kind: 'momentum', rate: sourceOf(update.rate), momentum, nesterov, decay },
        states: [update.state, update.slot],
        operand: sourceOf(update.gradient),
      };
    }
    case 'descend':
      return {
        rule: { kind: 'descend', rate: sourceOf(update.rate) },
        states: [update.state],
        operand: sourceOf(update.direction),
      };
    case 'adam': {
      const { beta1, beta2, decay } = update;
      return {
        rule: {
          kind: 'adam',
          rate: sourceOf(update.rate),
          epsilon: sourceOf(update.epsilon),
          beta1,
          beta2,
          decay: decay && { rate: sourceOf(decay.rate), factor: decay.factor },
        },
        states: [update.state, update.mean, update.square],
        operand: sourceOf(update.gradient),
      };
    }
  }
}

function addChange(scope: UpdateScope, group: readonly Change[], gate: Gate | undefined): string {
  const { graph, variables } = scope;
  const indexOf = ({ states: [state = ''] }: Change): number => variables.placeOf(state).index;
  const members = [...group].sort((a, b) => indexOf(a) - indexOf(b));
  const [first] = members;
  if (!first) throw new Error('There is nothing to update.');
  const targets = first.states.map((state) => variables.placeOf(state).variable);
  for (const target of targets) {
    if (target.members.length !== members.length) {
      throw new Error(
        `${scope.name} updates ${members.length} of the ${target.members.length} members of ${target.name} alike; what is packed must be updated as one.`,
      );
    }
  }
  const name = `${scope.name}/update/${targets[0]?.name}`;
  const joined = members.length === 1 ? first.operand : addConcat(graph, `${name}/joined`, members);
  const operand = gate?.through(name, joined) ?? joined;
  return addRule(graph, name, { rule: first.rule, targets, operand, gate });
}

function addConcat(graph: Graph, name: string, members: readonly Change[]): string {
  const axis = graph.addConstant(`${name}/axis`, {
    type: 'int32',
    shape: [],
    values: new Int32Array([0]),
  });
  return graph.add({
    name,
    op: 'ConcatV2',
    inputs: [...members.map(({ operand }) => operand), axis],
    attributes: {
      N: { kind: 'int', value: members.length },
      T: FLOAT,
      Tidx: { kind: 'type', value: TYPE_NUMBER.int32 },
    },
  });
}

interface RuleChange {
  readonly rule: Rule;
  readonly targets: readonly Variable[];
  readonly operand: string;
  readonly gate: Gate | undefined;
}

function addRule(graph: Graph, name: string, change: RuleChange): string {
  const { rule, operand } = change;
  const nodes = new RuleNodes(graph, name, change);
  switch (rule.kind) {
    case 'assign':
      return nodes.apply('AssignVariableOp', [operand], { dtype: FLOAT });
    case 'momentum':
      return nodes.applyMomentum(rule);
    case 'descend':
      return nodes.apply('ResourceApplyGradientDescent', [rule.rate, operand], {
        T: FLOAT,
        use_locking: UNLOCKED,
      });
    case 'adam':
      return nodes.applyAdam(rule);
  }
}

/** The nodes of one change; the last one changes the variables. */
class RuleNodes {
  readonly #graph: Graph;
  readonly #name: string;
  readonly #change: RuleChange;
  readonly #target: Variable;

  constructor(graph: Graph, name: string, change: RuleChange) {
    const [target] = change.targets;
    if (!target) throw new Error(`${name} has nothing to change.`);
    this.#graph = graph;
    this.#name = name;
    this.#change = change;
    this.#target = target;
  }

  apply(op: string, inputs: readonly string[], attributes: Record<string, GraphAttribute>): string {
    const handles = this.#change.targets.map(handleNode);
    return this.#graph.add({ name: this.#name, op, inputs: [...handles, ...inputs], attributes });
  }

  /** One native op for slot and parameter; it copies on write while a reader holds the old value. */
  applyMomentum({ rate, momentum, nesterov, decay }: RuleOf<'momentum'>): string {
    const { operand } = this.#change;
    const gradient =
      decay === 0
        ? operand
        : this.#graph.add({
            name: `${this.#name}/decayed`,
            op: 'AddV2',
            inputs: [operand, this.#scaledTarget(decay)],
            attributes: { T: FLOAT },
          });
    return this.apply(
      'ResourceApplyMomentum',
      [rate, gradient, this.#scalar('momentum', momentum)],
      {
        T: FLOAT,
        use_locking: UNLOCKED,
        use_nesterov: { kind: 'bool', value: nesterov },
      },
    );
  }

  applyAdam({ rate, epsilon, beta1, beta2, decay }: RuleOf<'adam'>): string {
    const decayed = decay && this.#applyDecay(decay);
    // Powers of 0 leave the bias correction to rate and ε, which are fed.
    const none = this.#scalar('power', 0);
    return this.apply(
      'ResourceApplyAdam',
      [
        ...[none, none],
        rate,
        this.#scalar('beta1', beta1),
        this.#scalar('beta2', beta2),
        epsilon,
        this.#change.operand,
        // Both write the parameter: one after the other, always in the same order.
        ...(decayed === undefined ? [] : [`^${decayed}`]),
      ],
      { T: FLOAT, use_locking: UNLOCKED, use_nesterov: { kind: 'bool', value: false } },
    );
  }

  /** Decoupled from the gradient. */
  #applyDecay({ rate, factor }: NonNullable<RuleOf<'adam'>['decay']>): string {
    const product = this.#scaledTarget(factor);
    const gated = this.#change.gate?.through(`${this.#name}/decay`, product) ?? product;
    return this.#graph.add({
      name: `${this.#name}/decayed`,
      op: 'ResourceApplyGradientDescent',
      inputs: [handleNode(this.#target), rate, gated],
      attributes: { T: FLOAT, use_locking: UNLOCKED },
    });
  }

  /** factor · the parameter's present value. */
  #scaledTarget(factor: number): string {
    return this.#graph.add({
      name: `${this.#name}/decay`,
      op: 'Mul',
      inputs: [readNode(this.#target), this.#scalar('decay-factor', factor)],
      attributes: { T: FLOAT },
    });
  }

  #scalar(label: string, value: number): string {
    return this.#graph.addConstant(`${this.#name}/${label}`, {
      type: 'float32',
      shape: [],
      values: new Float32Array([value]),
    });
  }
}
