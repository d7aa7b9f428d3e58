// A cell of a comparison as text, `91.3 ± 0.4 % (+0.8 pp)`, in its parts: what stands below it in a page
// stands in brackets where there is only text. Pure.

export interface CellParts {
  readonly value: string;
  /** Signed; empty where there is none. */
  readonly difference: string;
}

export function cellParts(cell: string): CellParts {
  const [, value, difference] = /^(.+) \(([+−][^()]+)\)$/.exec(cell) ?? [];
  return value === undefined || difference === undefined
    ? { value: cell, difference: '' }
    : { value, difference };
}
