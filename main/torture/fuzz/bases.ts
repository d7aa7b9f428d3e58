// Sound files of every kind that the app opens, small, made on the spot; fuzz changes them.
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { CheckpointState } from '../../../shared/contract/checkpoint-state.ts';
import { STATE_KEY } from '../../../shared/contract/checkpoint-state.ts';
import { createRng } from '../../../shared/rng.ts';
import { tensorFileParts } from '../../../shared/safetensors.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { sealedTensorFile } from '../../data/sealed-tensor-file.ts';
import { tarOf, zipOf } from '../../data/archive/testing/archives.ts';
import { idx, npy, writeNpz } from '../../data/testing/arrays.ts';
import { bmp, gif, jpeg, noisePng, png, progressive, webp } from '../../data/testing/fixtures.ts';
import { bundleEntries } from '../../host/write-report.ts';
import { writeZip } from '../../reports/zip-writer.ts';
import { openLibrary, type Library } from '../../store/library.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { RUN_ID } from './targets.ts';

export interface Base {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Which of them is changed. */
  readonly change: string;
  /** What is opened; '' is the folder. */
  readonly open: string;
}

type Files = Readonly<Record<string, Uint8Array>>;

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

function one(name: string, bytes: Uint8Array): Base {
  return { files: { [name]: bytes }, change: name, open: name };
}

export async function imageBases(): Promise<readonly Base[]> {
  const paint = (x: number, y: number, channel: number): number =>
    (x * 16 + y * 5 + channel * 40) & 255;
  const baseline = await jpeg(24, 16, paint);
  const images: Readonly<Record<string, Uint8Array>> = {
    'a.png': png({ width: 12, height: 10 }, paint),
    'a16.png': png({ width: 12, height: 10, kind: 'greyAlpha', depth: 16 }, paint),
    'a8.png': png({ width: 12, height: 10, kind: 'palette' }, paint),
    'a.jpg': baseline,
    'b.jpg': await progressive(baseline),
    'a.webp': await webp(12, 10, paint),
    'a.bmp': bmp(12, 10, paint),
    'a.gif': gif(12, 10, [(x, y) => (x * y) & 255]),
  };
  const others = otherImages();
  return Object.entries(images).map(([name, bytes]) => ({
    files: { ...others, [`cat/${name}`]: bytes },
    change: `cat/${name}`,
    open: '',
  }));
}

function otherImages(): Files {
  return Object.fromEntries(
    ['cat/1.png', 'cat/2.png', 'dog/1.png', 'dog/2.png', 'dog/3.png'].map((name, i) => [
      name,
      new Uint8Array(noisePng(8, i)),
    ]),
  );
}

export function archiveBases(): readonly Base[] {
  const parts = Object.entries(otherImages()).map(([name, bytes]) => ({ name, bytes }));
  const tar = tarOf(parts);
  return [
    one('images.zip', zipOf(parts)),
    one('stored.zip', zipOf(parts.map((part) => ({ ...part, isStored: true })))),
    one('images.tar', tar),
    one('images.tar.gz', gzipSync(tar)),
  ];
}

export async function arrayBases(folder: string): Promise<readonly Base[]> {
  const rng = createRng(7, 'arrays');
  const pixels = Uint8Array.from({ length: 6 * 8 * 10 * 3 }, () => rng.below(256));
  const six = Int32Array.of(0, 1, 2, 0, 1, 2);
  const arrays = {
    images: npy({ descr: '|u1', shape: [6, 8, 10, 3] }, pixels),
    labels: npy({ descr: '<i4', shape: [6] }, six),
  };
  const stored = path.join(folder, 'stored.npz');
  const deflated = path.join(folder, 'deflated.npz');
  await writeNpz(stored, arrays);
  await writeNpz(deflated, arrays, { compress: true });
  const images = 'train-images-idx3-ubyte';
  const labels = 'train-labels-idx1-ubyte';
  const mnist = {
    [images]: idx([6, 8, 10], pixels.subarray(0, 480)),
    [labels]: idx([6], Uint8Array.of(0, 1, 2, 0, 1, 2)),
  };
  return [
    one('stored.npz', fs.readFileSync(stored)),
    one('deflated.npz', fs.readFileSync(deflated)),
    { files: mnist, change: images, open: '' },
    { files: mnist, change: labels, open: '' },
  ];
}

export function tensorBases(): readonly Base[] {
  const images = Uint8Array.from({ length: 6 * 8 * 10 * 3 }, (_, i) => (i * 7) % 256);
  const labels = new Uint8Array(Int32Array.of(0, 1, 2, 0, 1, 2).buffer);
  const parts = tensorFileParts(
    [
      { name: 'images', dtype: 'U8', shape: [6, 8, 10, 3], data: images },
      { name: 'labels', dtype: 'I32', shape: [6], data: labels },
    ],
    { classes: '["x","y","z"]' },
  );
  return [one('data.safetensors', Buffer.concat(parts))];
}

export function cifarBases(): readonly Base[] {
  const records = (labels: readonly number[]): Buffer =>
    Buffer.concat(labels.map((label) => Buffer.alloc(3073, label)));
  const files = {
    'data_batch_1.bin': records([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    'test_batch.bin': records([5]),
    'batches.meta.txt': text(
      'airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n',
    ),
  };
  const inside = Object.entries(files).map(([name, bytes]) => ({
    name: `cifar-10-batches-bin/${name}`,
    bytes,
  }));
  return [
    ...Object.keys(files).map((change) => ({ files, change, open: '' })),
    one('cifar-10-binary.tar.gz', gzipSync(tarOf(inside))),
  ];
}

export function labelListBases(): readonly Base[] {
  const images = Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name, i) => [`images/${name}.png`, new Uint8Array(noisePng(8, i))]),
  );
  const lists = {
    'labels.csv': text('id,label\na,cat\nb,dog\nc,cat\nd,dog\n'),
    'train.tsv': text(
      'path\tclass\timages\nimages/a.png\tcat\t1\nimages/b.png\tdog\t2\nimages/c.png\tcat\t3\nimages/d.png\tdog\t4\n',
    ),
    'list.txt': text('images/a.png 0\nimages/b.png 1\nimages/c.png 0\nimages/d.png 1\n'),
  };
  return Object.entries(lists).map(([change, bytes]) => ({
    files: { ...images, [change]: bytes },
    change,
    open: '',
  }));
}

function exampleSpec(): RunSpec {
  return RunSpec.parse({
    ...{ architecture: getArchitecture('mini-basic-a').spec, recipe: {}, seed: 1 },
    data: { source: 'builtin:shapes?train=20&val=10' },
  });
}

export function weightBases(): readonly Base[] {
  const data = new Uint8Array(Float32Array.from({ length: 64 }, (_, i) => i / 7).buffer);
  const tensor = { name: 'fc.weight', dtype: 'F32', shape: [4, 16], data } as const;
  return [one('weights.safetensors', Buffer.concat(tensorFileParts([tensor])))];
}

/** A checkpoint protects itself: nothing else may be read from it than was written. */
export function checkpointBases(): readonly Base[] {
  const state: CheckpointState = {
    ...{ format: 2, run: RUN_ID, step: 6, totalSteps: 12, elapsedMs: 12.5, best: null, kept: [] },
    ...{ ended: false, spec: exampleSpec(), input: { height: 32, width: 32, channels: 3 } },
    classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
    ...{ dataFingerprint: 'f'.repeat(64), normalization: { mean: [0.5], deviation: [0.25] } },
  };
  const data = new Uint8Array(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)).buffer);
  const { parts } = sealedTensorFile(
    [
      { name: 'fc.weight', dtype: 'F32', shape: [4, 16], data },
      { name: 'optimizer.momentum.fc.weight', dtype: 'F32', shape: [4, 16], data },
    ],
    { [STATE_KEY]: JSON.stringify(state) },
  );
  return [one('last.safetensors', Buffer.concat(parts))];
}

export function libraryBases(folder: string): readonly Base[] {
  const home = path.join(folder, 'library');
  trainedLibrary(home).close();
  const bytes = fs.readFileSync(path.join(home, 'library.db'));
  return [{ files: { 'library.db': bytes }, change: 'library.db', open: '' }];
}

export async function bundleBases(folder: string): Promise<readonly Base[]> {
  const library = trainedLibrary(path.join(folder, 'bundled'));
  const ids = library.runs.list().runs.map(({ id }) => id);
  const file = path.join(folder, 'bundle.zip');
  await writeZip(file, bundleEntries(library, ids, { codeVersion: 'torture' }));
  library.close();
  return [one('bundle.zip', fs.readFileSync(file))];
}

/** Two runs that nobody trained, with series. */
function trainedLibrary(home: string): Library {
  const library = openLibrary(home);
  for (const seed of [1, 2]) {
    const spec = { ...exampleSpec(), seed };
    const { id } = library.runs.create({
      ...{ name: `run ${seed}`, architecture: 'mini-basic-a', seed, spec, dataName: 'shapes' },
      ...{ dataFingerprint: 'f00d'.repeat(16), classCount: 10, codeVersion: 'torture' },
      ...{ totalSteps: 400, environment: {} },
    });
    const at = Array.from({ length: 400 }, (_, i) => i + 1);
    for (const name of ['train/loss', 'train/accuracy']) {
      library.series.append(id, [
        {
          name,
          steps: Int32Array.from(at),
          elapsedMs: Float64Array.from(at, (i) => i * 10),
          values: Float32Array.from(at, (i) => Math.sin(i * seed)),
        },
      ]);
    }
    library.runs.update(id, { status: 'finished', step: 400, metrics: { bestValAccuracy: 0.5 } });
  }
  return library;
}
