// Decisions about images of a dataset for the page: left out, relabelled, found right, taken back.
import { NO_DECISIONS } from '../../../shared/spec/run.ts';
import type { Library } from '../../store/library.ts';
import { decisionsNow, requireClass, requireDecidable, restoreFiles } from '../decisions.ts';
import { parseDecisionsCsv } from '../decisions-csv.ts';
import { decisionCounts, shapesCard } from './dataset-card.ts';
import type { HandlersOf } from './handlers.ts';
import type { OpenDatasets } from './open-datasets.ts';

export function createDatasetDecisions(
  library: Library,
  { opened }: { readonly opened: OpenDatasets },
) {
  return {
    'datasets.decisions': ({ source }) =>
      Promise.resolve({ decisions: decisionsNow(library, source) }),
    'datasets.decide': ({ source, files, kind, className, reason }) => {
      if (kind === 'relabel') requireKnownClass(library, source, className);
      const value = kind === 'relabel' ? className : undefined;
      library.decisions.decide(source, { files, kind, value, reason });
      return Promise.resolve(decisionCounts(library, source));
    },
    'datasets.importDecisions': async ({ csv, ...options }) => {
      const { source } = options;
      const decisions = parseDecisionsCsv(csv);
      await opened.use({ ...options, decisions: NO_DECISIONS }, (dataset) =>
        requireDecidable(dataset, decisions),
      );
      if (decisions.length > 0) library.decisions.decide(source, ...decisions);
      return { imported: decisions.length, ...decisionCounts(library, source) };
    },
    'datasets.restore': ({ source, files }) => {
      restoreFiles(library, source, files ?? 'all');
      return Promise.resolve(decisionCounts(library, source));
    },
    'datasets.undoDecision': ({ source }) => {
      const undone = library.decisions.undo(source).length;
      return Promise.resolve({ undone, ...decisionCounts(library, source) });
    },
  } satisfies Partial<HandlersOf<'datasets'>>;
}

/** @throws inputError `no-such-class`; what was never opened here has no known classes */
function requireKnownClass(library: Library, source: string, className = ''): void {
  const known = library.datasets.list().find((record) => record.source === source);
  const classes = known?.classes ?? (source === shapesCard.source ? shapesCard.classes : undefined);
  if (classes !== undefined) requireClass(classes, className, source);
}
