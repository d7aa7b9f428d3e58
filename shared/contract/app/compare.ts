// Comparison: what the host knows of several runs at once, each metric in a few numbers. What it means
// is shared/compare's business, in the page, the command line and reports alike.
import { z } from 'zod';
import { ComparedRun } from '../../compare/compared-run.ts';
import { query } from '../../rpc/definition.ts';
import { RunId } from './common.ts';

/** More columns and curves than this help nobody, and keep an answer far below a message's limit. */
export const MOST_COMPARED = 200;

export const compare = {
  /** In the order asked for; runs that are gone are in `missing`. */
  'compare.runs': query(
    z.object({
      ids: z.array(RunId).max(MOST_COMPARED),
      /** How many points the mean of the last ones takes. */
      lastK: z.int().min(1).max(10_000).default(5),
    }),
    z.object({ runs: z.array(ComparedRun), missing: z.array(z.string()) }),
  ),
} as const;
