// Which colour a run has. It keeps it for life: the seeds of a group and a network's plain control
// share one, the control dashed. Given out in order, remembered by key. Pure.
import type { RunRow } from '../../shared/contract/app/runs.ts';

export const SERIES_COUNT = 10;

export interface RunLook {
  /** 0–9: token `--series-N+1`. */
  readonly series: number;
  readonly isDashed: boolean;
}

type Named = Pick<RunRow, 'id' | 'group' | 'architecture'>;

/** Runs with the same key share a colour. */
export function lookKey({ id, group, architecture }: Named): string {
  return group === null ? id : `${group}\n${architecture.replace(PLAIN_SUFFIX, '')}`;
}

export function isPlainControl({ architecture }: Pick<RunRow, 'architecture'>): boolean {
  return PLAIN_SUFFIX.test(architecture) || /^plain\b|^plain-?\d/.test(architecture);
}

/** Adds colours for runs that have none yet, oldest first; returns the same object if nothing is new. */
export function giveColours(
  given: Readonly<Record<string, number>>,
  oldestFirst: readonly Named[],
): Readonly<Record<string, number>> {
  const added: Record<string, number> = {};
  let next = Object.keys(given).length;
  for (const run of oldestFirst) {
    const key = lookKey(run);
    if (given[key] !== undefined || added[key] !== undefined) continue;
    added[key] = next++ % SERIES_COUNT;
  }
  return Object.keys(added).length === 0 ? given : { ...given, ...added };
}

const PLAIN_SUFFIX = / \(plain\)$/;
