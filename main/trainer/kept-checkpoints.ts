// Which weights are kept besides the last and the best: those of every n-th epoch and of the k best
// evaluations. Pure; the files are the caller's business.
import type { KeptFacts } from '../../shared/contract/trainer.ts';
import type { CheckpointsSpec } from '../../shared/spec/recipe.ts';
import { merit, type Score } from '../../shared/curves/best-evaluation.ts';

export interface Candidate {
  readonly step: number;
  /** Epochs that are over; undefined inside of one. */
  readonly epoch: number | undefined;
  /** Undefined where there is no validation split. */
  readonly score: Score | undefined;
}

export type Kept = Pick<KeptFacts, 'step' | 'accuracy' | 'loss' | 'isBest' | 'isPeriodic'>;

/** What is kept when the candidate is looked at too; entries that were kept before stay the same objects if nothing changes for them. */
export function keepAfter<K extends Kept>(
  kept: readonly K[],
  candidate: Candidate,
  spec: CheckpointsSpec,
): { readonly kept: readonly (K | Kept)[]; readonly isNew: boolean } {
  const { step, epoch, score } = candidate;
  const isPeriodic =
    spec.everyEpochs !== null && epoch !== undefined && epoch > 0 && epoch % spec.everyEpochs === 0;
  const fresh: Kept = {
    step,
    accuracy: finite(score?.accuracy),
    loss: finite(score?.loss),
    isBest: false,
    isPeriodic,
  };
  // The same step comes again when a run goes on from before it.
  const all: (K | Kept)[] = [...kept.filter((entry) => entry.step !== step), fresh];
  const best = bestOf(all, spec);
  const next = all
    .filter((entry) => entry.isPeriodic || best.has(entry))
    .map((entry) =>
      entry.isBest === best.has(entry) ? entry : { ...entry, isBest: best.has(entry) },
    );
  return { kept: next, isNew: next.some((entry) => entry.step === step) };
}

/** A single best is `best.safetensors` and needs no other file. */
function bestOf(entries: readonly Kept[], spec: CheckpointsSpec): ReadonlySet<Kept> {
  if (spec.keepBest <= 1) return new Set();
  const scored = entries.filter(({ accuracy, loss }) => accuracy !== null || loss !== null);
  const worth = ({ accuracy, loss }: Kept): number =>
    merit(spec.monitor, { accuracy: accuracy ?? Number.NaN, loss: loss ?? Number.NaN });
  // Of equals the earlier stays.
  const ranked = [...scored].sort((a, b) => worth(b) - worth(a) || a.step - b.step);
  return new Set(ranked.slice(0, spec.keepBest));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
