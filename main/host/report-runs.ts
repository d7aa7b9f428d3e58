// Which runs a report names, each with its mark when it was last looked at; and blocks that are added to
// reports from elsewhere. Queries only: who calls it saves.
import type { ReportBlock, ReportDocument } from '../../shared/contract/app/reports.ts';
import { ReportDocument as ReportSchema } from '../../shared/contract/app/reports.ts';
import { markedRuns, otherRuns, runsOfBlock } from '../reports/cited-runs.ts';
import type { Library } from '../store/library.ts';
import { compareRuns } from './compared-runs.ts';

/** Notes runs that blocks show by now and forgets those that none shows; other marks stay. */
export function withCitedRuns(library: Library, document: ReportDocument): ReportDocument {
  const known = new Map(markedRuns(document).map((run) => [run.id, run.mark]));
  const cited = otherRuns(document);
  const added = marksOf(
    library,
    cited.filter((id) => !known.has(id)),
  );
  return {
    ...document,
    cited: cited.map((id) => ({ id, mark: known.get(id) ?? added.get(id) ?? '' })),
  };
}

/** Takes note of all runs as they are now. */
export function withNewMarks(library: Library, document: ReportDocument): ReportDocument {
  const { runs, cited } = document;
  const marks = marksOf(
    library,
    markedRuns(document).map(({ id }) => id),
  );
  const marked = ({ id }: { readonly id: string }) => ({ id, mark: marks.get(id) ?? '' });
  return { ...document, runs: runs.map(marked), cited: cited.map(marked) };
}

/** The block stands last, under an id of its own. */
export function withBlock(document: ReportDocument, block: ReportBlock): ReportDocument {
  const taken = new Set(document.blocks.map(({ id }) => id));
  let number = document.blocks.length + 1;
  while (taken.has(`b${number}`)) number++;
  return { ...document, blocks: [...document.blocks, { ...block, id: `b${number}` }] };
}

/** About the runs that the block shows, with what makes its numbers traceable. */
export function reportAround(library: Library, block: ReportBlock, title: string): ReportDocument {
  const ids = runsOfBlock(block);
  const { scope } = 'scope' in block ? block : {};
  return withNewMarks(
    library,
    ReportSchema.parse({
      ...{ title, question: '', measure: 'best val/accuracy', spread: 'sd' },
      ...scope,
      runs: ids.map((id) => ({ id, mark: '' })),
      blocks: [
        { ...block, id: 'b1' },
        { id: 'b2', kind: 'auto', section: 'runs' },
        { id: 'b3', kind: 'auto', section: 'reproduce' },
      ],
    }),
  );
}

function marksOf(library: Library, ids: readonly string[]): Map<string, string> {
  if (ids.length === 0) return new Map();
  const { runs } = compareRuns(library, ids, { lastK: 1 });
  return new Map(runs.map(({ run, mark }) => [run.id, mark]));
}
