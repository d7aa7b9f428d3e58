// Follows a plan in the order of execution and writes a row per layer: what it holds, computes, keeps
// in memory and sees. The summary adds the rows up.
import { parameterCount, statisticCount } from './parameters.ts';
import type { BlockPlan, Layer, MapShape, Merge } from './plan.ts';

export interface LayerSummary {
  /** PyTorch's module name, or `unit.op` for a layer without weights. */
  readonly name: string;
  /** Stem, block or head. */
  readonly unit: string;
  /**
   * `input` is the image itself, `pad` option A's shortcut; `add`, `scaling`, `exclusive-gating` and
   * `shortcut-gating` are where a block's paths meet.
   */
  readonly op: Layer['op'] | 'input' | 'pad' | Exclude<Merge['kind'], 'dropout'>;
  readonly input: MapShape;
  readonly output: MapShape;
  readonly kernel?: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly dilation?: number;
  /** Trained scalars. */
  readonly parameters: number;
  /** Running means and variances. */
  readonly statistics: number;
  readonly macs: number;
  /** Of one example; see `Totals`. */
  readonly activationBytes: number;
  /** Side of the square of input pixels that one output value can see; null: the whole image. */
  readonly receptiveField: number | null;
}

/** What one value of a feature map sees: `field` pixels, and neighbours are `jump` pixels apart. */
interface View {
  readonly field: number;
  readonly jump: number;
  /** After global pooling. */
  readonly whole: boolean;
}

/** Where the walk stands: a tensor, the row that produced it, and what it sees. */
interface Position {
  readonly shape: MapShape;
  readonly producer: number;
  readonly view: View;
}

type RowStart = Omit<
  LayerSummary,
  'parameters' | 'statistics' | 'macs' | 'activationBytes' | 'receptiveField'
>;

export class LayerWalk {
  readonly rows: LayerSummary[] = [];
  /** Convolutions and classifiers met on the main path. */
  depth = 0;
  /** On the main path, up to global pooling. */
  receptiveField = 1;
  private readonly kept = new Set<number>();
  private at: Position;

  constructor(image: MapShape) {
    this.at = { shape: image, producer: -1, view: { field: 1, jump: 1, whole: false } };
  }

  /** The shape of the latest tensor on the main path. */
  get shape(): MapShape {
    return this.at.shape;
  }

  image(unit: string): void {
    const { shape } = this.at;
    this.write({ name: 'input', unit, op: 'input', input: shape, output: shape });
  }

  sequence(unit: string, layers: readonly Layer[]): void {
    const namer = new Namer(unit);
    for (const layer of layers) this.mainLayer(namer, layer);
  }

  block({ name: unit, before, branch, shortcut, merge, after, output }: BlockPlan): void {
    const namer = new Namer(unit);
    const input = this.at;
    for (const layer of before) this.mainLayer(namer, layer);
    const activated = this.at;
    for (const layer of branch) this.mainLayer(namer, layer);
    const branchEnd = this.at;
    if (shortcut.kind === 'none') {
      for (const layer of after) this.mainLayer(namer, layer);
      return;
    }
    this.at = input;
    if (shortcut.kind === 'projection') {
      if (shortcut.from === 'activated') this.at = activated;
      for (const layer of shortcut.layers) this.layer(namer, layer);
    } else if (shortcut.kind === 'pad') {
      const { stride } = shortcut;
      this.write({ name: `${unit}.pad`, unit, op: 'pad', stride, input: input.shape, output });
    }
    if (merge.kind === 'dropout') this.layer(namer, merge.layer);
    const shortcutEnd = this.at;
    if ('layers' in merge) {
      this.at = merge.from === 'activated' ? activated : input;
      for (const layer of merge.layers) this.layer(namer, layer);
    }
    this.at = branchEnd;
    this.merge(namer.unit, { merge, output, shortcutEnd });
    for (const layer of after) this.mainLayer(namer, layer);
  }

  private merge(
    unit: string,
    at: { readonly merge: Merge; readonly output: MapShape; readonly shortcutEnd: Position },
  ): void {
    const { merge, output, shortcutEnd } = at;
    const op = merge.kind === 'dropout' ? 'add' : merge.kind;
    // A gate multiplies the shortcut, or the difference of the two paths, which is a tensor of its own.
    if (merge.kind === 'shortcut-gating') this.keep(shortcutEnd.producer);
    this.write({ name: `${unit}.${op}`, unit, op, input: output, output });
    if (merge.kind === 'exclusive-gating') this.charge(this.at.producer, bytesOf(output));
    if (merge.kind === 'shortcut-gating') this.charge(this.at.producer, bytesOf(output));
  }

  private mainLayer(namer: Namer, layer: Layer): void {
    this.layer(namer, layer);
    if (['conv', 'transposed-conv', 'linear'].includes(layer.op)) this.depth++;
    if (!this.at.view.whole) this.receptiveField = this.at.view.field;
  }

  private layer(namer: Namer, layer: Layer): void {
    if (needsInput(layer)) this.keep(this.at.producer);
    this.at = { ...this.at, view: viewAfter(this.at.view, layer) };
    this.write(
      {
        name: namer.nameOf(layer),
        unit: namer.unit,
        op: layer.op,
        input: layer.input,
        output: layer.output,
        ...('kernel' in layer ? { kernel: layer.kernel, stride: layer.stride } : {}),
        ...('groups' in layer ? { groups: layer.groups } : {}),
        ...(layer.op === 'conv' ? { dilation: layer.dilation } : {}),
      },
      {
        parameters: parameterCount(layer),
        statistics: statisticCount(layer),
        macs: macsOf(layer),
      },
    );
    if (keepsOutput(layer)) this.keep(this.at.producer);
    // Normalized by groups: the centred values. Excitation: nothing that counts beside the maps.
    if (layer.op === 'group-norm') this.charge(this.at.producer, bytesOf(layer.output));
    // A dropout's mask is a tensor of its own, beside the output that the next layer needs.
    if (layer.op === 'dropout') this.charge(this.at.producer, bytesOf(layer.output));
  }

  private write(
    row: RowStart,
    cost: Pick<LayerSummary, 'parameters' | 'statistics' | 'macs'> = noCost,
  ): void {
    const { field, whole } = this.at.view;
    this.rows.push({ ...row, ...cost, activationBytes: 0, receptiveField: whole ? null : field });
    this.at = { ...this.at, shape: row.output, producer: this.rows.length - 1 };
  }

  /** Counts the tensor that a row produced, once however many gradients need it. */
  private keep(producer: number): void {
    const row = this.rows[producer];
    if (row === undefined || this.kept.has(producer)) return;
    this.kept.add(producer);
    this.charge(producer, bytesOf(row.output));
  }

  private charge(producer: number, bytes: number): void {
    const row = this.rows[producer];
    if (row === undefined) return;
    this.rows[producer] = { ...row, activationBytes: row.activationBytes + bytes };
  }
}

const noCost = { parameters: 0, statistics: 0, macs: 0 };

/** Layers without weights have no module name; within a unit they are numbered from the second. */
class Namer {
  readonly unit: string;
  private readonly counts = new Map<string, number>();

  constructor(unit: string) {
    this.unit = unit;
  }

  nameOf(layer: Layer): string {
    if ('name' in layer) return layer.name;
    const count = (this.counts.get(layer.op) ?? 0) + 1;
    this.counts.set(layer.op, count);
    return `${this.unit}.${layer.op}${count === 1 ? '' : count}`;
  }
}

function needsInput(layer: Layer): boolean {
  switch (layer.op) {
    case 'conv':
    case 'transposed-conv':
    case 'norm':
    case 'squeeze-excitation':
    case 'linear':
    case 'max-pool':
      return true;
    case 'group-norm':
    case 'relu':
    case 'sigmoid':
    case 'dropout':
    case 'average-pool':
    case 'global-average-pool':
      return false;
  }
}

function keepsOutput({ op }: Layer): boolean {
  return op === 'relu' || op === 'sigmoid' || op === 'max-pool';
}

function bytesOf({ height, width, channels }: MapShape): number {
  return 4 * height * width * channels;
}

function macsOf(layer: Layer): number {
  const { height, width, channels } = layer.output;
  if (layer.op === 'linear') return layer.input.channels * channels;
  if (layer.op === 'squeeze-excitation') return 2 * channels * layer.reduced;
  if (layer.op === 'transposed-conv') {
    const { kernel, input } = layer;
    return input.height * input.width * input.channels * kernel * kernel * channels;
  }
  if (layer.op !== 'conv') return 0;
  const { kernel, groups, input } = layer;
  return height * width * channels * kernel * kernel * (input.channels / groups);
}

function viewAfter(view: View, layer: Layer): View {
  if (layer.op === 'global-average-pool') return { ...view, whole: true };
  // Behind global pooling: a decoder's.
  if (view.whole || !('kernel' in layer)) return view;
  const reach = ('dilation' in layer ? layer.dilation : 1) * (layer.kernel - 1);
  return { ...view, field: view.field + reach * view.jump, jump: view.jump * layer.stride };
}
