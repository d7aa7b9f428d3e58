// A dataset in the list of the page: what is known of it without opening it.
import type { DatasetCard } from '../../../shared/contract/app/datasets.ts';
import { statedPixelRules } from '../../../shared/spec/pixel-rules.ts';
import { newDataSpec } from '../../../shared/spec/run.ts';
import { BUILTIN_PREFIX } from '../../data/builtin.ts';
import { SHAPES_CHANNELS, SHAPES_CLASSES, SHAPES_SIDE } from '../../data/shapes.ts';
import { statUserPath } from '../../data/user-file.ts';
import type { DatasetRecord } from '../../store/datasets.ts';
import type { Library } from '../../store/library.ts';
import { decisionsNow } from '../decisions.ts';

/** Offered before it was ever opened. */
export const shapesCard: DatasetCard = {
  fingerprint: 'builtin:shapes',
  name: 'shapes',
  source: 'builtin:shapes',
  shape: { height: SHAPES_SIDE, width: SHAPES_SIDE, channels: SHAPES_CHANNELS },
  classes: [...SHAPES_CLASSES],
  counts: { train: 10_000, val: 2_000, test: 0 },
  problemCount: 0,
  pixelRules: statedPixelRules({}),
  notes: [],
  layout: null,
  mergeClasses: false,
  leftOutCount: 0,
  relabelledCount: 0,
  lastOpenedAt: '',
  isPresent: true,
};

export async function datasetCard(library: Library, record: DatasetRecord): Promise<DatasetCard> {
  const { fingerprint, name, source, shape, classes, counts, problems, lastOpenedAt } = record;
  return {
    ...{ fingerprint, name, source, lastOpenedAt, ...decisionCounts(library, source) },
    shape: { ...shape },
    classes: [...classes],
    counts: {
      train: counts['train'] ?? 0,
      val: counts['val'] ?? 0,
      test: counts['test'] ?? 0,
    },
    problemCount: Object.values(problems).reduce((sum, count) => sum + count, 0),
    pixelRules: statedPixelRules(record.pixelRules ?? newDataSpec(source)),
    notes: (record.notes ?? []).map((note) => ({ ...note })),
    layout: record.layout ?? null,
    mergeClasses: record.mergeClasses ?? false,
    isPresent: source.startsWith(BUILTIN_PREFIX) || (await isThere(source)),
  };
}

type DecisionCounts = Pick<DatasetCard, 'leftOutCount' | 'relabelledCount'>;

export function decisionCounts(
  library: Pick<Library, 'decisions'>,
  source: string,
): DecisionCounts {
  const decided = decisionsNow(library, source);
  return {
    leftOutCount: decided.filter(({ kind }) => kind === 'leave-out').length,
    relabelledCount: decided.filter(({ kind }) => kind === 'relabel').length,
  };
}

async function isThere(source: string): Promise<boolean> {
  try {
    await statUserPath(source, 'dataset');
    return true;
  } catch {
    // Gone, silent, or not ours to read: either way it can't be opened now.
    return false;
  }
}
