// What the page and the worker that lays out a map say to each other.
export const METHODS = ['pca', 'umap'] as const;
export type Method = (typeof METHODS)[number];

export interface LayoutRequest {
  readonly method: Method;
  /** [count, width] */
  readonly features: Float32Array<ArrayBuffer>;
  readonly count: number;
  readonly width: number;
}

export interface Layout {
  /** A place for each row of the features. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** PCA: what the two axes have of all variance. */
  readonly shares: readonly number[] | undefined;
}

export type LayoutMessage =
  | { readonly kind: 'progress'; readonly message: string; readonly fraction?: number }
  | { readonly kind: 'done'; readonly layout: Layout }
  | { readonly kind: 'failed'; readonly message: string };

/** Fewer points have no neighbourhoods. */
export const FEWEST_POINTS = 5;
