// Convolutions of which oneDNN has had wrong kernels, and what is right of them: computed here, in double
// precision, by nothing but sums. The values are the same formula in the child process that asks oneDNN.

/** `pointwise`: 1×1 with a mebibyte of weights and more. */
export const CONVOLUTION_KINDS = ['plain', 'pointwise', 'grouped', 'dilated'] as const;

export type ConvolutionKind = (typeof CONVOLUTION_KINDS)[number];

export interface CheckedConvolution {
  readonly kind: ConvolutionKind;
  readonly batch: number;
  /** Side of the square map. */
  readonly size: number;
  readonly channels: number;
  readonly outChannels: number;
  /** Side of the kernel, odd. */
  readonly kernel: number;
  readonly stride: number;
  readonly groups: number;
  readonly dilation: number;
}

const common = { batch: 2, size: 8, kernel: 3, stride: 1, groups: 1, dilation: 1 } as const;

/** Seen wrong, or deadly, on a virtual machine that hides its caches; the strided one beside them. */
export const CHECKED_CONVOLUTIONS: readonly CheckedConvolution[] = [
  { ...common, kind: 'plain', channels: 256, outChannels: 256 },
  { ...common, kind: 'plain', channels: 128, outChannels: 256, stride: 2 },
  { ...common, kind: 'plain', channels: 256, outChannels: 512, kernel: 1 },
  { ...common, kind: 'plain', channels: 16, outChannels: 16, batch: 8 },
  // ResNet-50's: oneDNN divides by zero (AVX-512, hidden caches, TensorFlow 2.21) and the process ends.
  { ...common, kind: 'pointwise', channels: 256, outChannels: 1024, kernel: 1, size: 4 },
  { ...common, kind: 'pointwise', channels: 1024, outChannels: 256, kernel: 1, size: 4 },
  { ...common, kind: 'grouped', channels: 64, outChannels: 64, groups: 16 },
  { ...common, kind: 'grouped', channels: 32, outChannels: 32, groups: 4, batch: 8 },
  { ...common, kind: 'dilated', channels: 32, outChannels: 32, dilation: 2 },
  { ...common, kind: 'dilated', channels: 64, outChannels: 64, dilation: 4 },
];

export const CONVOLUTION_PARTS = ['forward', 'input gradient', 'weight gradient'] as const;

export interface ConvolutionShapes {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly dy: readonly number[];
}

export function shapesOf(of: CheckedConvolution): ConvolutionShapes {
  const { batch, size, channels, outChannels, kernel, stride, groups } = of;
  const out = Math.ceil(size / stride);
  return {
    x: [batch, size, size, channels],
    kernel: [kernel, kernel, channels / groups, outChannels],
    dy: [batch, out, out, outChannels],
  };
}

/** Element i of a tensor in [−1, 1); as text, because the child runs without any of our files. */
export const VALUE_FORMULA =
  '(i, salt) => ((Math.imul(i + 1, 2654435761) ^ Math.imul(salt, 40503)) >>> 8) / 8388608 - 1';

export function valueAt(i: number, salt: number): number {
  return ((Math.imul(i + 1, 2_654_435_761) ^ Math.imul(salt, 40_503)) >>> 8) / 8_388_608 - 1;
}

export const SALTS = { x: 1, kernel: 2, dy: 3 } as const;

function tensor(shape: readonly number[], salt: number): Float32Array {
  const length = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length }, (_, i) => valueAt(i, salt));
}

/** y[n,i,j,o] = Σ x[n, i·s + u·d − p, j·s + v·d − p, c] · w[u,v,c,o] over a group, and its two gradients. */
export function rightAnswers(of: CheckedConvolution): readonly Float64Array[] {
  const shapes = shapesOf(of);
  const { batch, size, channels, outChannels, kernel, stride, groups, dilation } = of;
  const out = shapes.dy[1] ?? 0;
  const [x, w, dy] = [
    tensor(shapes.x, SALTS.x),
    tensor(shapes.kernel, SALTS.kernel),
    tensor(shapes.dy, SALTS.dy),
  ];
  const y = new Float64Array(dy.length);
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  // TensorFlow's SAME puts the odd pixel of its padding behind.
  const before = Math.floor(
    Math.max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0) / 2,
  );
  const inside = (at: number): boolean => at >= 0 && at < size;
  const [inGroup, outGroup] = [channels / groups, outChannels / groups];
  const each = (n: number, i: number, j: number, u: number, v: number): void => {
    const row = i * stride + u * dilation - before;
    const column = j * stride + v * dilation - before;
    if (!inside(row) || !inside(column)) return;
    const xAt = ((n * size + row) * size + column) * channels;
    const yAt = ((n * out + i) * out + j) * outChannels;
    const wAt = (u * kernel + v) * inGroup * outChannels;
    for (let c = 0; c < channels; c++) {
      const group = Math.floor(c / inGroup);
      const from = wAt + (c % inGroup) * outChannels;
      const xc = x[xAt + c] ?? 0;
      let sum = 0;
      for (let o = group * outGroup; o < (group + 1) * outGroup; o++) {
        const dyo = dy[yAt + o] ?? 0;
        const wo = w[from + o] ?? 0;
        y[yAt + o] = (y[yAt + o] ?? 0) + xc * wo;
        dw[from + o] = (dw[from + o] ?? 0) + xc * dyo;
        sum += wo * dyo;
      }
      dx[xAt + c] = (dx[xAt + c] ?? 0) + sum;
    }
  };
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < out; i++)
      for (let j = 0; j < out; j++)
        for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) each(n, i, j, u, v);
  return [y, dx, dw];
}
