// Builds a run of layers: each gets the shape that the one before it leaves. Knows how one layer
// changes a shape and nothing about blocks or stages.
import { inputError } from '../../shared/errors.ts';
import type { Layer, MapShape } from './plan.ts';

export interface ConvOptions {
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly dilation?: number;
  /** Where its bias starts; without one it has none. */
  readonly bias?: number;
}

export interface NormOptions {
  readonly groups?: number | undefined;
  readonly zeroInit?: boolean;
}

/** Appends layers, carrying the shape along and refusing what cannot be. */
export class LayerChain {
  readonly layers: Layer[] = [];
  shape: MapShape;

  constructor(input: MapShape) {
    this.shape = input;
  }

  conv(name: string, options: ConvOptions): this {
    const { channels, kernel, stride = 1, groups = 1, dilation = 1, bias } = options;
    const padding = (dilation * (kernel - 1)) / 2;
    if (this.shape.channels % groups !== 0 || channels % groups !== 0) {
      throw inputError(
        'bad-groups',
        `${name} cannot split ${this.shape.channels} input and ${channels} output channels into ${groups} groups; choose a divisor of both.`,
        { path: 'block.groups', details: { layer: name, groups } },
      );
    }
    const reach = dilation * (kernel - 1) + 1;
    const output = { ...slide(this.shape, { kernel: reach, stride, padding }), channels };
    return this.add({
      op: 'conv',
      name,
      kernel,
      stride,
      padding,
      groups,
      dilation,
      ...(bias === undefined ? {} : { bias }),
      input: this.shape,
      output,
    });
  }

  /** Enlarges the map to `stride` times its size, as long as the kernel is at least as large as the stride. */
  transposedConv(
    name: string,
    { channels, kernel, stride }: Required<Pick<ConvOptions, 'channels' | 'kernel' | 'stride'>>,
  ): this {
    // k − s pixels are too many: half of them is cut off each side, and an odd one is put back.
    const padding = Math.ceil((kernel - stride) / 2);
    const outputPadding = 2 * padding - (kernel - stride);
    const { height, width } = this.shape;
    return this.add({
      op: 'transposed-conv',
      name,
      kernel,
      stride,
      padding,
      outputPadding,
      input: this.shape,
      output: { height: height * stride, width: width * stride, channels },
    });
  }

  /** Batch normalization, or of `groups` groups. */
  norm(name: string, { groups, zeroInit = false }: NormOptions = {}): this {
    const shapes = { input: this.shape, output: this.shape };
    if (groups === undefined) return this.add({ op: 'norm', name, zeroInit, ...shapes });
    if (this.shape.channels % groups !== 0) {
      throw inputError(
        'bad-groups',
        `${name} cannot normalize ${this.shape.channels} channels in ${groups} groups; choose a divisor of every width.`,
        { path: 'groupNorm', details: { layer: name, groups } },
      );
    }
    return this.add({ op: 'group-norm', name, groups, zeroInit, ...shapes });
  }

  squeezeExcitation(name: string, reduced: number): this {
    const shapes = { input: this.shape, output: this.shape };
    return this.add({ op: 'squeeze-excitation', name, reduced, ...shapes });
  }

  sigmoid(): this {
    return this.add({ op: 'sigmoid', input: this.shape, output: this.shape });
  }

  relu(): this {
    return this.add({ op: 'relu', input: this.shape, output: this.shape });
  }

  dropout(name: string, rate: number): this {
    return this.add({ op: 'dropout', name, rate, input: this.shape, output: this.shape });
  }

  maxPool(kernel: number, stride: number): this {
    const padding = (kernel - 1) / 2;
    const output = {
      ...slide(this.shape, { kernel, stride, padding }),
      channels: this.shape.channels,
    };
    return this.add({ op: 'max-pool', kernel, stride, padding, input: this.shape, output });
  }

  averagePool(): this {
    const { height, width, channels } = this.shape;
    const output = { height: Math.ceil(height / 2), width: Math.ceil(width / 2), channels };
    return this.add({ op: 'average-pool', kernel: 2, stride: 2, input: this.shape, output });
  }

  globalPool(): this {
    const output = { height: 1, width: 1, channels: this.shape.channels };
    return this.add({ op: 'global-average-pool', input: this.shape, output });
  }

  linear(name: string, features: number): this {
    const output = { height: 1, width: 1, channels: features };
    return this.add({ op: 'linear', name, input: this.shape, output });
  }

  private add(layer: Layer): this {
    this.layers.push(layer);
    this.shape = layer.output;
    return this;
  }
}

/**
 * Output size of a sliding window, PyTorch's floor convention. With half-kernel padding it is
 * ceil(size / stride), so it never reaches 0 and agrees with taking every stride-th pixel.
 */
function slide(
  input: MapShape,
  window: { kernel: number; stride: number; padding: number },
): { height: number; width: number } {
  const along = (size: number): number =>
    Math.floor((size + 2 * window.padding - window.kernel) / window.stride) + 1;
  return { height: along(input.height), width: along(input.width) };
}
