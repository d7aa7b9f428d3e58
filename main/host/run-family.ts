// Which family a run's network is of, asked before a trainer is started for what only the other family has.
import { needsClassifier } from '../../shared/spec/autoencoder.ts';
import type { RunSummary } from '../store/run-record.ts';

/**
 * @param what what needs it, as a subject: `An export`
 * @throws inputError `not-a-classifier`
 */
export function requireClassifier(
  { family, name }: Pick<RunSummary, 'family' | 'name'>,
  what: string,
): void {
  if (family === 'autoencoder') throw needsClassifier(name, what);
}
