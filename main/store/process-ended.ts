// What is known of a run whose process died without a word, in the form of any other error of a run.
import type { ErrorDocument } from '../../shared/errors.ts';

export function processEnded(step: number, hasCheckpoint: boolean): ErrorDocument {
  const next = hasCheckpoint ? 'goes on from its last checkpoint' : 'begins it anew';
  return {
    code: 'process-ended',
    fault: 'failure',
    message: `The process that trained this run ended without a word at step ${step}: it was killed, or the machine went down. Resuming ${next}.`,
    details: { step },
  };
}
