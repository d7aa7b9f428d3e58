// Probes of one run for the page: what was measured, and measuring something now.
import { ProbeSpec } from '../../../shared/contract/probes.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { canMeasure, findingOf, MEASUREMENTS } from '../../studies/measurements.ts';
import type { HostParts } from '../host-parts.ts';
import { judgedCheckpoint } from '../mistake-file.ts';
import { listProbes } from '../probe-files.ts';
import { knownProbe, probeRun, type ProbeRequest } from '../probe-run.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import type { HandlersOf } from './handlers.ts';

export interface SubmittedProbe {
  /** Of the study that measures; without one somebody waits for it. */
  readonly group?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Measures when a device is free. The same request is the same work. */
export async function submitProbe(
  { parts, scheduler }: { readonly parts: HostParts; readonly scheduler: Scheduler },
  request: ProbeRequest,
  { group, signal, onProgress }: SubmittedProbe,
): Promise<void> {
  await scheduler.submit({
    id: `probe ${JSON.stringify(request)}`,
    kind: 'probe',
    name: `${request.probe.kind} of ${request.run}`,
    priority: group === undefined ? 'urgent' : 'normal',
    group,
    signal,
    work: (turn) =>
      probeRun(parts, request, {
        onEvent: ({ message }) => onProgress?.(message),
        signal: AbortSignal.any([turn.stop, turn.abandon]),
        device: turn.place.device,
      }),
  });
}

export function createProbeService(parts: HostParts, scheduler: Scheduler): HandlersOf<'probes'> {
  const { library } = parts;
  return {
    'probes.list': ({ run: id }) => {
      const run = library.runs.get(id);
      const judged = judgedCheckpoint(run);
      const architecture = RunSpec.safeParse(run.spec).data?.architecture;
      const asked = { family: run.family, architecture };
      return Promise.resolve({
        kinds: MEASUREMENTS.filter((one) => canMeasure(one, asked)).map((about) => ({
          ...about,
        })),
        probes: listProbes(library, run.id).map((result) => ({
          kind: result.values.kind,
          spec: result.spec,
          other: result.other ?? null,
          step: result.checkpoint?.step ?? null,
          isCurrent: result.checkpoint === null || result.checkpoint.sha256 === judged?.sha256,
          at: result.at,
          elapsedMs: result.elapsedMs,
          finding: findingOf(result.values),
        })),
      });
    },
    'probes.run': async ({ run, probe, other }, { signal }) => {
      const request = { run, probe: ProbeSpec.parse(probe), other };
      if (knownProbe(parts, request) === undefined) {
        await submitProbe({ parts, scheduler }, request, { signal });
      }
      return {};
    },
  };
}
