// Measures a run of the library and keeps the answer. What was measured before is not measured again.
import { inputError } from '../../shared/errors.ts';
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { ProbeSpec, type ProbeInput, type ProbeResult } from '../../shared/contract/probes.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { HostParts } from './host-parts.ts';
import { judgedCheckpoint } from './mistake-file.ts';
import { measurementOf, type Measurement } from '../studies/measurements.ts';
import { readProbe, writeProbe } from './probe-files.ts';
import { requireClassifier } from './run-family.ts';
import { probe, weightsOfRun, type JobOptions } from './weights-jobs.ts';

export interface ProbeRequest {
  /** A run's id, or the last four characters of it. */
  readonly run: string;
  readonly probe: ProbeInput;
  /** The run that is compared with; for `similarity`. */
  readonly other?: string | undefined;
  /** Undefined: the best checkpoint, else the last; a run without one is measured as it starts. */
  readonly checkpoint?: GoBackChoice | undefined;
  /** Measure although there is an answer. */
  readonly again?: boolean;
}

type Parts = Pick<HostParts, 'library'>;

/** What was measured already; nothing is measured. Throws as `probeRun`. */
export function knownProbe(parts: Parts, request: ProbeRequest): ProbeResult | undefined {
  return readProbe(parts.library, planProbe(parts, request).question);
}

function planProbe(parts: Parts, request: ProbeRequest) {
  const { library } = parts;
  const run = library.runs.get(request.run);
  const spec = ProbeSpec.parse(request.probe);
  const measurement = measurementOf(spec.kind);
  requireFamily(run, measurement);
  const runSpec = RunSpec.parse(run.spec);
  requireNeeds(run, runSpec, measurement);
  const other = otherRun(parts, run, { spec, other: request.other });
  const network = networkOf(parts, run, { spec, runSpec, checkpoint: request.checkpoint });
  const question = {
    run: run.id,
    spec,
    checkpoint: network.checkpoint,
    ...(other ? { other: other.id, otherCheckpoint: judgedOf(other) } : {}),
  };
  return { run, runSpec, spec, other, network, question };
}

/** @throws inputError `not-a-classifier`, `not-an-autoencoder` */
function requireFamily(run: RunRecord, { family, title }: Measurement): void {
  if (family === 'classifier') requireClassifier(run, `The probe “${title}”`);
  if (run.family === family) return;
  throw inputError(
    'not-an-autoencoder',
    `The probe “${title}” needs an autoencoder, but ${run.name} is a classifier: it rebuilds no images. Choose a run of a network with a decoder, such as vae28.`,
  );
}

/** @throws inputError `not-in-network` */
function requireNeeds(
  { name }: RunRecord,
  { architecture }: RunSpec,
  { title, needs }: Measurement,
): void {
  if (needs === undefined || needs.isIn(architecture)) return;
  throw inputError(
    'not-in-network',
    `The probe “${title}” measures what ${name} does not have. Choose a run of a network with ${needs.what}.`,
  );
}

/**
 * @throws inputError `not-a-classifier`, `not-an-autoencoder`, `not-in-network`, `other-not-compared`, `other-data`,
 * `no-checkpoint`
 */
export async function probeRun(
  parts: HostParts,
  request: ProbeRequest,
  options: JobOptions = {},
): Promise<ProbeResult> {
  const { library } = parts;
  const { run, runSpec, spec, other, network, question } = planProbe(parts, request);
  const known = request.again === true ? undefined : readProbe(library, question);
  if (known !== undefined) return known;
  const compared = other && weightsOfRun(library, other.id);
  const started = performance.now();
  const { values, dataFingerprint } = await probe(
    parts,
    {
      probe: spec,
      network: network.is,
      ...(compared ? { other: compared.weights } : {}),
      seed: run.seed,
      data: runSpec.data,
    },
    options,
  );
  if (dataFingerprint !== run.dataFingerprint) {
    throw inputError(
      'data-changed',
      `${runSpec.data.source} is not what the run ${run.id} was trained on any more, so the measurement would be of other images. Put the files back, or tell where they lie now with \`resnet-lab data relink\`.`,
      { path: runSpec.data.source },
    );
  }
  const result: ProbeResult = {
    format: 1,
    ...question,
    dataFingerprint,
    at: new Date().toISOString(),
    codeVersion: parts.codeVersion,
    elapsedMs: performance.now() - started,
    values,
  };
  writeProbe(library, result);
  rememberDepth(parts, result);
  return result;
}

/** The effective depth stands with the run's other numbers, as a column. */
function rememberDepth({ library }: HostParts, { run, checkpoint, values }: ProbeResult): void {
  if (values.kind !== 'path-lengths') return;
  library.transaction(() => {
    const now = library.runs.get(run);
    if (checkpoint === null || judgedCheckpoint(now)?.sha256 !== checkpoint.sha256) return;
    const { effectiveDepth } = values;
    library.runs.update(run, { metrics: { ...now.metrics, effectiveDepth } });
  });
}

function networkOf(
  { library }: Parts,
  run: RunRecord,
  given: {
    readonly spec: ProbeSpec;
    readonly runSpec: RunSpec;
    readonly checkpoint: GoBackChoice | undefined;
  },
) {
  const { spec, runSpec, checkpoint } = given;
  const judged = judgedOf(run);
  if (
    spec.kind === 'initialization' ||
    checkpoint === 'start' ||
    (judged === null && checkpoint === undefined)
  ) {
    const { architecture, recipe, weights } = runSpec;
    const { normalization } = recipe;
    if (checkpoint === 'start' && weights !== undefined) {
      throw inputError(
        'starts-from-file',
        `The run ${run.id} started from ${weights}, which is not kept with it. Measure that file's own run, or another checkpoint.`,
      );
    }
    return { is: { kind: 'initial' as const, architecture, normalization }, checkpoint: null };
  }
  const { weights, step } = weightsOfRun(library, run.id, checkpoint);
  const sha256 = weights.sha256 ?? judged?.sha256 ?? '';
  return { is: { kind: 'weights' as const, weights }, checkpoint: { sha256, step } };
}

function judgedOf(run: RunRecord): { sha256: string; step: number } | null {
  const judged = judgedCheckpoint(run);
  return judged ? { sha256: judged.sha256, step: judged.step } : null;
}

function otherRun(
  { library }: Parts,
  run: RunRecord,
  { spec, other }: { readonly spec: ProbeSpec; readonly other: string | undefined },
): RunRecord | undefined {
  if (other === undefined) return undefined;
  if (spec.kind !== 'similarity') {
    throw inputError(
      'other-not-compared',
      `The probe ${spec.kind} looks at one run; only similarity compares two.`,
    );
  }
  const found = library.runs.get(other);
  if (found.dataFingerprint !== run.dataFingerprint) {
    throw inputError(
      'other-data',
      `The runs ${run.id} and ${found.id} were trained on different data. Choose two runs on the same data.`,
    );
  }
  return found;
}
