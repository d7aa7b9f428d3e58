// The one schema of errors that cross a wire or are kept (shared/errors.ts).
import { z } from 'zod';

export const ErrorDocument = z.object({
  code: z.string(),
  message: z.string(),
  fault: z.enum(['input', 'failure']),
  details: z.record(z.string(), z.unknown()),
  path: z.string().optional(),
});

export type ErrorDocument = z.output<typeof ErrorDocument>;
