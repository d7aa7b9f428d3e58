// Networks that exported pages carry: what one would add to a page, and the network itself as TensorFlow.js reads
// it, written by a trainer.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { RunSpec } from '../../shared/spec/run.ts';
import type { CarriedNetwork } from '../reports/html.ts';
import type { NetworkToTry } from '../reports/report-data.ts';
import type { Library } from '../store/library.ts';
import { sizeOf, weightsOf } from '../zoo/parameters.ts';
import { planOfRun } from './run-plan.ts';
import type { HostParts } from './host-parts.ts';
import { weightsOfRun, writeFormats, type JobOptions } from './weights-jobs.ts';

const FLOAT_BYTES = 4;
/** Of text for a byte. */
const BASE64 = 4 / 3;

/** What a reader could try of a run; undefined without a checkpoint, or of a spec that this version can't read. */
export function networkToTry(
  library: Library,
  id: string,
): NetworkToTry | { readonly reason: string } | undefined {
  const run = library.runs.find(id);
  const spec = RunSpec.safeParse(run?.spec).data;
  if (run === undefined || spec === undefined) return undefined;
  if ((run.checkpoints.best ?? run.checkpoints.last) === undefined) return undefined;
  if (spec.architecture.block.groups > 1) {
    return { reason: 'TensorFlow.js, which computes in pages, has no grouped convolutions.' };
  }
  const plan = planOfRun(library, run, spec.architecture);
  if (plan === undefined) return undefined;
  const { width, height } = plan.input;
  const count = weightsOf(plan).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const weightBytes = Math.ceil(count * FLOAT_BYTES * BASE64);
  return { width, height, classes: plan.classes, weightBytes };
}

const ModelJson = z.object({ weightsManifest: z.array(z.object({ paths: z.array(z.string()) })) });

/** @throws inputError `no-checkpoint`, `format-cannot` */
export async function carriedNetwork(
  parts: HostParts,
  run: string,
  options: JobOptions,
): Promise<CarriedNetwork> {
  const { weights } = weightsOfRun(parts.library, run);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'resnet-lab-carried-'));
  try {
    await writeFormats(
      parts,
      {
        ...{ weights, folder, formats: ['tfjs'], foldsBatchNorm: false, checkImages: 0 },
        appVersion: parts.codeVersion,
      },
      options,
    );
    const model = await fs.readFile(path.join(folder, 'tfjs', 'model.json'), 'utf8');
    const { weightsManifest } = ModelJson.parse(JSON.parse(model));
    const shards = await Promise.all(
      weightsManifest.flatMap(({ paths }) =>
        paths.map((name) => fs.readFile(path.join(folder, 'tfjs', name))),
      ),
    );
    return { model, weights: Buffer.concat(shards).toString('base64') };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
