// Writes the network of a checkpoint in other programs' formats, with some images and what this app computes of
// them, so that anybody can check that the other program computes the same.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, failure, inputError, messageOf } from '../../shared/errors.ts';
import { tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import type { ExportFacts, ExportFormat, ExportJob } from '../../shared/contract/trainer.ts';
import type { CheckpointState } from '../../shared/contract/checkpoint-state.ts';
import { recordFrozen, type FrozenGraph } from '../engine/recording/frozen-graph.ts';
import { savedModelBytes } from '../engine/recording/saved-model.ts';
import { exportedFunction } from '../engine/network/inference.ts';
import { toFileLayout } from '../engine/network/layout.ts';
import type { ModelDescription } from '../export/model-description.ts';
import { imageModel, logitsModel, type OnnxOptions } from '../export/onnx/model.ts';
import { pytorchConfig } from '../export/pytorch/config.ts';
import { graphModelFiles } from '../export/tfjs/graph-model.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { writeCheckImages } from './export-check.ts';
import type { HostLink } from './host-link.ts';
import { Inference } from './inference.ts';
import { reportPreparing } from './preparing.ts';
import { picturePart, readWeightFile, weightPart } from './weight-file.ts';
import { openClassifier, type WeightSource } from './weight-source.ts';

/** A checkpoint of this app: it says itself what its network's input and outputs mean. */
interface Exported {
  readonly plan: NetworkPlan;
  readonly description: ModelDescription;
  readonly state: CheckpointState;
  /** By name, in the engine's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Recorded when the first format asks for it. */
  readonly frozen: () => FrozenGraph;
}

export async function runExportJob(job: ExportJob, host: HostLink): Promise<ExportFacts> {
  const exported = await openExported(job);
  const folder = new ExportFolder(job.folder);
  for (const [index, format] of job.formats.entries()) {
    const fraction = index / job.formats.length;
    await host.send({ kind: 'preparing', message: `Writing ${NAMES[format]}`, fraction });
    await WRITERS[format](folder, exported, job);
    if (host.stopRequested) throw inputError('stopped', 'The export was stopped.');
  }
  // Both PyTorch's program and the check read it.
  await folder.write('config.json', pytorchConfig(exported.plan, exported.description));
  const checked = await tryCheckImages(exported, { job, folder, host });
  const { description, state } = exported;
  const { files } = folder;
  return { files, network: description.network, step: state.step, ...checked };
}

const NAMES: Readonly<Record<ExportFormat, string>> = {
  onnx: 'ONNX',
  pytorch: 'PyTorch weights',
  'saved-model': 'a TensorFlow SavedModel',
  tfjs: 'a TensorFlow.js model',
};

/** Writes files and keeps a list of them. */
export class ExportFolder {
  readonly files: ExportFacts['files'] = [];
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws failure `export-not-written` */
  async write(file: string, content: string | readonly Uint8Array[] | Uint8Array): Promise<void> {
    const target = join(this.folder, file);
    const parts =
      typeof content === 'string'
        ? [Buffer.from(content)]
        : content instanceof Uint8Array
          ? [content]
          : content;
    try {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, parts);
    } catch (cause) {
      throw failure(
        'export-not-written',
        `${target} could not be written: ${messageOf(cause)}. Choose another folder, or free some space.`,
        { path: target, cause },
      );
    }
    const sizeBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.files.push({ file, sizeBytes });
  }
}

async function openExported({ weights, appVersion }: ExportJob): Promise<Exported> {
  const source = await openClassifier(weights, 'An export');
  const { state, normalization } = source;
  if (!state || !normalization) throw noDescription(source);
  const { input, classes, spec, dataFingerprint } = state;
  const plan = buildPlan(source.architecture, { input, classes: source.classCount });
  const { values } = await readWeightFile(source.file, weightsOf(plan));
  const { testTimeFlip } = spec.recipe;
  let graph: FrozenGraph | undefined;
  return {
    ...{ plan, state, values },
    frozen: () => (graph ??= frozenGraph(plan, values, testTimeFlip)),
    description: {
      network: spec.architecture.name,
      ...{ appVersion, input, classes, normalization },
      resize: spec.data.resize ?? 'crop',
      testTimeFlip,
      run: { id: state.run ?? '', step: state.step, dataFingerprint },
    },
  };
}

function noDescription({ file }: WeightSource): Error {
  return inputError(
    'not-a-checkpoint',
    `${file} holds weights of another program, which do not say what classes and which normalization belong to them; export a run of this app.`,
    { path: file },
  );
}

type Writer = (folder: ExportFolder, exported: Exported, job: ExportJob) => Promise<void>;

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  onnx: async (folder, exported, { foldsBatchNorm }) => {
    const options = onnxOptions(exported, foldsBatchNorm);
    await folder.write('model.onnx', logitsModel(options));
    await folder.write('model-image.onnx', imageModel(options));
  },
  pytorch: async (folder, exported) => {
    const parts = tensorFileParts(pytorchTensors(exported), { format: 'pt' });
    await folder.write('model.safetensors', parts);
  },
  'saved-model': async (folder, exported) => {
    const { nodes, outputs } = exported.frozen();
    const { height, width, channels } = exported.plan.input;
    const shape = [-1, height, width, channels];
    const logits = { source: outputs.get('logits') ?? '', type: 'float32' } as const;
    const signature = {
      name: 'serving_default',
      method: 'tensorflow/serving/predict',
      inputs: new Map([['x', { source: 'x', type: 'float32', shape } as const]]),
      outputs: new Map([['logits', { ...logits, shape: [-1, exported.plan.classes] }]]),
    };
    await folder.write('saved_model/saved_model.pb', savedModelBytes(nodes, [signature]));
    const labels = exported.description.classes.join('\n');
    await folder.write('saved_model/assets.extra/labels.txt', `${labels}\n`);
  },
  tfjs: async (folder, exported) => {
    const { spec, input, classes } = exported.plan;
    if (spec.block.groups > 1) {
      throw inputError(
        'format-cannot',
        `TensorFlow.js has no grouped convolutions, which ${exported.description.network} is made of; choose ONNX, which runs in a page as well (onnxruntime-web).`,
      );
    }
    const { nodes, outputs } = exported.frozen();
    const { run, normalization, ...about } = exported.description;
    const { mean, deviation } = normalization;
    const meanImage = normalization.meanImage && [...normalization.meanImage];
    const files = graphModelFiles({
      nodes,
      input: { name: 'x', shape: [-1, input.height, input.width, input.channels] },
      output: { name: 'logits', source: outputs.get('logits') ?? '', classes },
      metadata: { ...about, normalization: { mean, deviation, meanImage }, run },
    });
    for (const { name, bytes } of files) await folder.write(`tfjs/${name}`, bytes);
  },
};

function onnxOptions(exported: Exported, foldsBatchNorm: boolean): OnnxOptions {
  const { plan, description, values } = exported;
  const stored = new Map(
    weightsOf(plan).map((weight) => [
      weight.name,
      { shape: weight.fileShape, values: toFileLayout(weight, valueOf(values, weight.name)) },
    ]),
  );
  return { plan, description, foldsBatchNorm, weight: (name) => valueOf(stored, name) };
}

function pytorchTensors({ plan, values, description }: Exported): TensorPart[] {
  const tensors = weightsOf(plan).map((weight) =>
    weightPart(weight, weight.name, values.get(weight.name)),
  );
  const { meanImage } = description.normalization;
  return meanImage === undefined ? tensors : [...tensors, picturePart(plan.input, meanImage)];
}

function frozenGraph(
  plan: NetworkPlan,
  values: ReadonlyMap<string, Float32Array>,
  testTimeFlip: boolean,
): FrozenGraph {
  return recordFrozen(
    (batch) => exportedFunction({ plan, batch, testTimeFlip }),
    weightsOf(plan).map(({ name, shape }) => ({ name, shape, values: valueOf(values, name) })),
  );
}

function valueOf<T>(values: ReadonlyMap<string, T>, name: string): T {
  const value = values.get(name);
  if (value === undefined) throw new Error(`The network has no weight ${name}.`);
  return value;
}

/** The export is whole without them, so data that is gone does not undo it. */
async function tryCheckImages(
  { plan, values, state, description }: Exported,
  { job, folder, host }: { job: ExportJob; folder: ExportFolder; host: HostLink },
): Promise<Pick<ExportFacts, 'checkImages' | 'unchecked'>> {
  if (job.checkImages === 0) return { checkImages: 0 };
  const { testTimeFlip, normalization } = description;
  const logitsOf = async (x: Float32Array, count: number): Promise<Float32Array> => {
    const inference = Inference.of(
      { plan, weights: values },
      // What is exported computes in float32, whatever the training did.
      { batch: count, testTimeFlip, precision: 'float32' },
    );
    try {
      return await inference.logits(count, () => Promise.resolve(x));
    } finally {
      inference.dispose();
    }
  };
  try {
    const checkImages = await writeCheckImages(folder, {
      // As the run read it: naming a side would make images square that were not.
      data: state.spec.data,
      ...{ normalization, logitsOf, cacheFolder: job.cacheFolder, count: job.checkImages },
      onProgress: reportPreparing(host),
    });
    return { checkImages };
  } catch (error) {
    if (!(error instanceof AppError) || error.fault !== 'input') throw error;
    return { checkImages: 0, unchecked: error.message };
  }
}
