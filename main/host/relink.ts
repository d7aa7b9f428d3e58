// A dataset that lies elsewhere now: found again by its fingerprint. Its record, its decisions and the runs
// on it then name the new place, so that they resume and evaluate as before. Nothing is moved on disk.
import { inputError } from '../../shared/errors.ts';
import { firstOf } from '../../shared/format.ts';
import { DataSpec, RunSpec } from '../../shared/spec/run.ts';
import type { DatasetFacts } from '../store/datasets.ts';
import type { Library } from '../store/library.ts';
import {
  currentData,
  outlineData,
  type DatasetOutline,
  type LookOptions,
} from './dataset-outline.ts';
import { withCurrentDecisions } from './decisions.ts';

export interface Relinked {
  readonly from: string;
  readonly to: string;
  readonly runs: number;
}

interface Known {
  readonly fingerprint: string;
  readonly data: DataSpec;
}

/** So many ways of reading it are tried: each may decode it anew. */
const MOST_TRIED = 4;

/**
 * @throws inputError `no-such-dataset` if nothing is known of `from`, `other-data` if `to` holds other
 * images; it says what differs
 */
export async function relinkDataset(
  library: Library,
  { from, to }: { readonly from: string; readonly to: string },
  options: LookOptions,
): Promise<Relinked> {
  const record = library.datasets.list().find(({ source }) => source === from);
  const known = await waysOfReading(library, from, record);
  if (known.length === 0) {
    throw inputError('no-such-dataset', `No dataset and no run of this library is of ${from}.`, {
      path: from,
    });
  }
  let found: DatasetOutline | undefined;
  for (const { fingerprint, data } of known) {
    const outline = await outlineData({ ...data, source: to }, options);
    found ??= outline;
    if (outline.fingerprint !== fingerprint) continue;
    const runs = library.transaction(() => {
      library.decisions.move(from, to);
      library.datasets.move(from, to);
      return library.runs.moveData(from, to);
    });
    return { from, to, runs };
  }
  throw inputError(
    'other-data',
    `${to} does not hold the images of ${from}: ${differenceOf(record, found)}.`,
    { path: to, details: { expected: known[0]?.fingerprint, found: found?.fingerprint } },
  );
}

async function waysOfReading(
  library: Library,
  from: string,
  record: (DatasetFacts & { readonly fingerprint: string }) | undefined,
): Promise<Known[]> {
  const known: Known[] = [];
  if (record !== undefined) {
    const plain = DataSpec.parse({ source: from, ...record.pixelRules });
    const data = await withCurrentDecisions(library, currentData(library, plain));
    known.push({ fingerprint: record.fingerprint, data });
  }
  for (const { spec, fingerprint } of library.runs.specsOn(from)) {
    const parsed = RunSpec.safeParse(spec);
    if (parsed.success) known.push({ fingerprint, data: parsed.data.data });
  }
  return known.slice(0, MOST_TRIED);
}

const NAMED_CLASSES = 5;

function differenceOf(record: DatasetFacts | undefined, found: DatasetOutline | undefined): string {
  if (record === undefined || found === undefined) return 'its fingerprint is another';
  const missing = record.classes.filter((name) => !found.classes.includes(name));
  const added = found.classes.filter((name) => !record.classes.includes(name));
  const parts = [
    ...(missing.length === 0 ? [] : [`it lacks the classes ${firstOf(missing, NAMED_CLASSES)}`]),
    ...(added.length === 0 ? [] : [`it has the classes ${firstOf(added, NAMED_CLASSES)} besides`]),
  ];
  const total = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const [before, now] = [total(record.counts), total(found.counts)];
  if (before !== now) parts.push(`it has ${now} images, and there were ${before}`);
  const { height, width } = record.shape;
  if (height !== found.input.height || width !== found.input.width) {
    parts.push(
      `its images are ${found.input.width}×${found.input.height}, and were ${width}×${height}`,
    );
  }
  return parts.length > 0
    ? parts.join('; ')
    : 'it has as many images in the same classes, but some of them differ';
}
