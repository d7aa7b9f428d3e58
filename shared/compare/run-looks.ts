// Which colour a run has. It keeps it for life: the seeds of a group and a network's plain control
// share one, the control dashed. Given out in order, remembered by key. Pages and reports ask here. Pure.
import type { RunGroup } from './groups.ts';
import type { RunRow } from '../contract/app/runs.ts';

export const SERIES_COUNT = 10;
/** Under this name the library's settings keep them. */
export const RUN_COLOURS = 'run-colours';

export interface RunLook {
  /** 0–9: token `--series-N+1`. */
  readonly colour: number;
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

/** Colours by `lookKey`. */
export type RunColours = Readonly<Record<string, number>>;

export type LookOf = (group: RunGroup) => RunLook;

export function lookOfRun(run: Named, colours: RunColours): RunLook {
  return { colour: colours[lookKey(run)] ?? 0, isDashed: isPlainControl(run) };
}

/**
 * The looks of the groups of a comparison, the same wherever it is shown: a run's own colour where those
 * tell the groups apart, else one by order of creation.
 */
export function looksOf(groups: readonly RunGroup[], colours: RunColours): LookOf {
  const own = new Map(
    groups.flatMap((group) => {
      const first = group.members[0]?.run.run;
      return first ? [[group, lookOfRun(first, colours)] as const] : [];
    }),
  );
  const distinct = new Set(
    [...own.values()].map(({ colour, isDashed }) => `${colour} ${isDashed}`),
  );
  if (distinct.size === groups.length) return (group) => own.get(group) ?? NO_LOOK;
  const oldestFirst = groups.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1));
  return (group) => ({
    colour: Math.max(0, oldestFirst.indexOf(group)) % SERIES_COUNT,
    isDashed: group.members[0]?.run.spec?.architecture.shortcut === 'none',
  });
}

const NO_LOOK: RunLook = { colour: 0, isDashed: false };

/** Of its oldest run; ids tell runs of one moment apart. */
function createdAt({ members }: RunGroup): string {
  return members.map(({ run }) => `${run.run.createdAt} ${run.run.id}`).sort()[0] ?? '';
}

/** Adds colours for runs that have none yet, oldest first; returns the same object if nothing is new. */
export function giveColours(given: RunColours, oldestFirst: readonly Named[]): RunColours {
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
