// What is compared of a convolution. Apart from compute.ts, which loads TensorFlow.
export const PARTS = ['forward', 'input gradient', 'weight gradient'] as const;

export type KernelValues = Readonly<Record<(typeof PARTS)[number], Float32Array>>;

/** `app`: as the engine convolves. `library`: the native op as it is, whatever the shape. */
export type KernelForm = 'app' | 'library';
