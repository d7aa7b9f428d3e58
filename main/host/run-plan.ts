// The layers of a run's network, from what the library knows of its data.
import { DataFacts } from '../../shared/contract/trainer.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { Library } from '../store/library.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import { asObject } from './services/run-rows.ts';

interface PlannedRun {
  readonly id: string;
  readonly dataFingerprint: string;
  readonly classCount: number;
}

/** Undefined where the images' size is not known any more, or another version wrote the architecture. */
export function planOfRun(
  library: Library,
  run: PlannedRun,
  architecture: ArchitectureSpec,
): NetworkPlan | undefined {
  const environment = asObject(library.runs.find(run.id)?.environment);
  const data = DataFacts.safeParse(environment['data']).data;
  const input = data?.input ?? library.datasets.find(run.dataFingerprint)?.shape;
  if (!input) return undefined;
  try {
    return buildPlan(architecture, { input, classes: run.classCount });
  } catch {
    return undefined; // of another version; the text says what is known of it
  }
}
