// Curves of other trackers: what a file holds, and taking it in.
import { z } from 'zod';
import { command, query } from '../../rpc/definition.ts';
import { NotUsed, OwnAxis } from '../imported-run.ts';
import { RunId } from './common.ts';

const Source = z.object({
  /** A file or folder on the host. */
  source: z.string().min(1).max(4096),
  /** What columns or tags are: `step`, `epoch`, `time` or a series’ name → column; an empty one: left out. */
  map: z.record(z.string().max(300), z.string().max(300)).default({}),
});

/** Of a table: what each column is taken for. */
const Column = z.object({
  name: z.string(),
  /** `step`, `epoch`, `time`, …, or a series' name; null: not used. */
  takenAs: z.string().nullable(),
  isX: z.boolean(),
  reason: z.string().nullable(),
});

export const imports = {
  /** Reads without storing. */
  'imports.preview': query(
    Source,
    z.object({
      runs: z.array(
        z.object({
          name: z.string(),
          series: z.array(z.object({ name: z.string(), points: z.int(), x: OwnAxis })),
        }),
      ),
      notUsed: z.array(NotUsed),
      /** Where the source is one table: its columns and first rows. */
      table: z.object({ columns: z.array(Column), rows: z.array(z.array(z.string())) }).nullable(),
    }),
  ),
  /** All of it or nothing. */
  'imports.take': command(
    Source.extend({
      name: z.string().min(1).max(200).optional(),
      group: z.string().min(1).max(200).optional(),
    }),
    z.object({ added: z.array(RunId), known: z.array(RunId) }),
  ),
} as const;
