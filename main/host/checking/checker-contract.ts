// What a checker process does for its host: reading a library, which SQLite does in one synchronous call, so that
// the host answers meanwhile.
import { z } from 'zod';
import { job } from '../../../shared/rpc/definition.ts';
import { Progress } from '../../../shared/contract/app/common.ts';
import { LibraryFindings } from '../../../shared/contract/app/library.ts';

export const CHECKER_VERSION = 1;

export const checkerContract = {
  /** One database file. Answers with what SQLite finds wrong; empty when it is sound. */
  database: job(
    z.object({ file: z.string(), depth: z.enum(['quick', 'full']) }),
    Progress,
    z.object({ problems: z.array(z.string()) }),
  ),
  /** All of the library in a folder: database, records, series and checkpoints. */
  library: job(z.object({ home: z.string() }), Progress, LibraryFindings),
} as const;

export type CheckerContract = typeof checkerContract;
