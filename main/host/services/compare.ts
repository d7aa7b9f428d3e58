// Comparison: several runs with their specs, costs and metrics in a few numbers. Queries only.
import { compareRuns } from '../compared-runs.ts';
import type { Library } from '../../store/library.ts';
import type { HandlersOf } from './handlers.ts';

export function createCompareService(library: Library): HandlersOf<'compare'> {
  return {
    'compare.runs': ({ ids, lastK }) => Promise.resolve(compareRuns(library, ids, { lastK })),
  };
}
