// What the fuzz suite and its target process say to each other.

export interface FuzzInput {
  /** Of the table in targets.ts. */
  readonly target: string;
  readonly json?: unknown;
  /** Written into an empty folder first, by relative path. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** What to open: a relative path, or '' for the folder. */
  readonly open?: string;
}

export type FuzzAnswer =
  /** `read`: what was got out of it, by name; for damage that goes unnoticed. */
  | { readonly kind: 'success'; readonly read: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly code: string; readonly sentence: string }
  | { readonly kind: 'defect'; readonly message: string };

export type FuzzEnd =
  FuzzAnswer | { readonly kind: 'died'; readonly how: string } | { readonly kind: 'hung' };
