// Which measurement of a run a report shows, and what it says about the weights that were measured.
import { expect, test } from 'vitest';
import type { ProbeResult } from '../../../shared/contract/probes.ts';
import { judgedCheckpoint } from '../mistake-file.ts';
import { writeProbe } from '../probe-files.ts';
import { addTrainedRun, emptyLibrary } from '../testing/trained-library.ts';
import { findSection } from './found-section.ts';

const OF_LAST = '2026-11-30T12:00:00.000Z';

function measured(run: string, at: string, checkpoint: ProbeResult['checkpoint']): ProbeResult {
  return {
    ...{ format: 1, run, at, checkpoint, dataFingerprint: 'f'.repeat(64) },
    ...{ codeVersion: '0.1.0', elapsedMs: 1, spec: { kind: 'correctness', split: 'val' } },
    values: { kind: 'correctness', split: 'val', examples: 4, correct: '1101' },
  };
}

test('A section is of the best checkpoint, though another was measured later; a chosen measurement stays.', () => {
  const library = emptyLibrary();
  const run = addTrainedRun(library);
  library.runs.update(run, { checkpoints: { best: checkpointOf(20), last: checkpointOf(40) } });
  const { sha256, step } = judgedCheckpoint(library.runs.get(run))!;
  writeProbe(library, measured(run, '2026-11-30T10:00:00.000Z', { sha256, step }));
  writeProbe(library, measured(run, '2026-11-30T11:00:00.000Z', null));
  writeProbe(library, measured(run, OF_LAST, { sha256: 'b'.repeat(64), step: 40 }));
  const sourceOf = (at?: string): string | undefined =>
    findSection(library, {
      of: { kind: 'probe', run, probe: 'correctness', ...(at === undefined ? {} : { at }) },
    })?.source;
  expect(sourceOf()).toContain('best checkpoint (step 20)');
  expect(sourceOf(OF_LAST)).toContain('step 40, which is not the best checkpoint');
  expect(sourceOf('2026-11-30T11:00:00.000Z')).toContain('starting weights');
  expect(sourceOf('2026-11-30T09:00:00.000Z')).toBeUndefined();
});

function checkpointOf(step: number) {
  return { step, file: 'x.safetensors', sizeBytes: 1, sha256: String(step).padStart(64, '0') };
}
