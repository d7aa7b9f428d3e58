// `--run ID` or `--arch NAME --weights FILE`: which weights a command works with.
import { inputError } from '../../shared/errors.ts';
import type { WeightsFrom } from '../../shared/contract/trainer.ts';
import type { Host } from '../host/open-host.ts';
import type { CheckpointChoice } from '../host/checkpoint-choice.ts';
import { parseWhole } from './option-values.ts';
import { readArchitecture } from './run-spec.ts';

export interface WeightOptions {
  readonly run?: string;
  readonly arch?: string;
  readonly weights?: string;
  readonly checkpoint?: string;
}

export interface ChosenWeights {
  readonly weights: WeightsFrom;
  /** Undefined for a file. */
  readonly run?: { readonly id: string; readonly step: number };
}

export async function chooseWeights(host: Host, options: WeightOptions): Promise<ChosenWeights> {
  const { run, arch, weights } = options;
  const { weightsOfFile, weightsOfRun } = await import('../host/weights-jobs.ts');
  if (run !== undefined) {
    if (arch !== undefined || weights !== undefined) {
      throw inputError(
        'bad-option',
        '--run already says which network and weights to use; leave out --arch and --weights, or leave out --run.',
      );
    }
    const chosen = weightsOfRun(host.library, run, checkpointChoice(options.checkpoint));
    return { weights: chosen.weights, run: { id: chosen.runId, step: chosen.step } };
  }
  if (weights === undefined) {
    throw inputError(
      'bad-option',
      'Say which weights to use: --run ID, or --weights FILE.safetensors with --arch NAME.',
    );
  }
  const { recordedSha256 } = await import('../host/checkpoint-choice.ts');
  const sha256 = recordedSha256(host.library, weights);
  const file = weightsOfFile(weights, arch === undefined ? undefined : readArchitecture(arch));
  return { weights: sha256 === undefined ? file : { ...file, sha256 } };
}

export function checkpointChoice(text: string | undefined): CheckpointChoice | undefined {
  if (text === undefined || text === 'best' || text === 'last') return text;
  return parseWhole('--checkpoint', text, 0);
}
