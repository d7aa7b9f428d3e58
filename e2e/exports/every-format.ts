// Three networks are trained on a folder of image files, exported in every format, and computed again by each
// format's own runtime from 100 validation images as PNG files. Writes docs/exports.md; fails if a runtime is
// missing, sees another class in any image, or differs by more than the tolerance.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { askCli } from '../../main/cli/testing/command-line.ts';
import { Agreement } from '../../shared/contract/app/exports.ts';
import { writeImageFolder } from '../image-folders.ts';
import { projectFolder } from '../served-app.ts';
import { expect, test } from '../story.ts';
import { agreementDocument, type CheckedNetwork } from './agreement-document.ts';
import { readEventsAgain } from './tensorboard-agreement.ts';
import { computeInPage } from './tfjs-agreement.ts';

const IMAGES = 100;
const STEPS = 30;
const SIDE = 32;
/** Of logits, which are of the order of 1 to 10 here. */
const TOLERANCE = 1e-4;
const CLASSES = ['upright', 'level', 'slanted', 'falling'];
const FORMATS = ['onnx', 'pytorch', 'saved-model', 'tfjs'];

const stage = (width: number, stride: number) => ({ blocks: 3, width, stride });
const STAGES = [stage(16, 1), stage(32, 2), stage(64, 2)];

interface Network {
  readonly title: string;
  /** A name of the zoo, or a spec. */
  readonly architecture: string | object;
  readonly options: readonly string[];
}

const NETWORKS: readonly Network[] = [
  {
    title: 'resnet20: A shortcuts, a mean image',
    architecture: 'resnet20',
    options: ['--normalize', 'per-pixel'],
  },
  {
    title: 'bottlenecks with squeeze-and-excitation, B shortcuts',
    architecture: {
      ...{ format: 1, name: 'se-bottleneck-29', stem: { kind: 'cifar', width: 16 } },
      stages: STAGES,
      block: { kind: 'bottleneck', squeezeExcitation: 4 },
      shortcut: 'B',
    },
    options: ['--normalize', 'auto'],
  },
  {
    title: 'preresnet20 twice as wide: pre-activation, flips at test time',
    architecture: 'preresnet20',
    options: ['--set', 'widthMultiplier=2', '--set', 'testTimeFlip=true'],
  },
];

test(`Every format of ${NETWORKS.length} networks computes ${IMAGES} images as this app does`, async ({
  scratch,
  chromiumBrowser,
}) => {
  if (chromiumBrowser === undefined) throw new Error('TensorFlow.js is checked in Chromium.');
  const home = path.join(scratch, 'library');
  const data = writeSplits(path.join(scratch, 'stripes'));
  const checked: CheckedNetwork[] = [];
  for (const network of NETWORKS) {
    await test.step(network.title, async () => {
      const run = await train(home, { network, data, scratch });
      const folder = path.join(scratch, run);
      const agreements = [
        ...(await exportNetwork(home, run, folder)),
        ...(await computeInPage(chromiumBrowser, folder)),
      ];
      const logs = path.join(scratch, `${run}-logs`);
      await askCli(home, 'export', run, '--format', 'tensorboard', '--out', logs);
      checked.push({
        ...{ title: network.title, agreements, events: readEventsAgain(home, run, logs) },
      });
      // After each network, so that what was found is there if a later one takes too long.
      writeDocument(checked, chromiumBrowser.version());
    });
  }
  for (const { title, agreements, events } of checked) {
    for (const agreement of agreements) {
      const about = `${title}: ${JSON.stringify(agreement)}`;
      if (!('images' in agreement)) throw new Error(`A runtime is missing: ${about}`);
      expect(agreement.images, about).toBe(IMAGES);
      expect(agreement.sameClass, about).toBe(IMAGES);
      expect(agreement.largestDifference, about).toBeLessThan(TOLERANCE);
    }
    expect(events.different, title).toBe(0);
    expect(events.points, title).toBeGreaterThan(STEPS);
  }
});

function writeDocument(checked: readonly CheckedNetwork[], chromium: string): void {
  const document = agreementDocument(checked, {
    ...{ images: IMAGES, side: SIDE, steps: STEPS, tolerance: TOLERANCE, chromium },
    machine: `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.type()}`,
    node: process.version,
  });
  fs.writeFileSync(path.join(projectFolder, 'docs', 'exports.md'), document);
}

/** train/ and val/, with the same classes; returns the folder. */
function writeSplits(folder: string): string {
  const each = (count: number) => Object.fromEntries(CLASSES.map((name) => [name, count]));
  const all = writeImageFolder(path.join(folder, 'all'), { classes: each(75), side: SIDE });
  for (const name of CLASSES) {
    const files = fs.readdirSync(path.join(all, name)).sort();
    files.forEach((file, i) => {
      const to = path.join(folder, i < IMAGES / CLASSES.length ? 'val' : 'train', name);
      fs.mkdirSync(to, { recursive: true });
      fs.renameSync(path.join(all, name, file), path.join(to, file));
    });
  }
  fs.rmSync(all, { recursive: true });
  return folder;
}

async function train(
  home: string,
  { network, data, scratch }: { network: Network; data: string; scratch: string },
): Promise<string> {
  const { architecture, options } = network;
  const file = path.join(scratch, 'architecture.json');
  if (typeof architecture !== 'string') fs.writeFileSync(file, JSON.stringify(architecture));
  const answer = await askCli(
    home,
    ...['train', '--data', data, '--steps', String(STEPS), '--batch', '32', '--diagnostics', '10'],
    ...['--arch', typeof architecture === 'string' ? architecture : file, ...options],
  );
  return z.looseObject({ id: z.string() }).parse(answer).id;
}

/** What the programs say that the command itself asks: onnxruntime for Python and Node, PyTorch, TensorFlow. */
async function exportNetwork(home: string, run: string, folder: string): Promise<Agreement[]> {
  const answer = await askCli(
    home,
    ...['export', run, '--format', FORMATS.join(','), '--out', folder],
    ...['--check-images', String(IMAGES)],
  );
  return z.looseObject({ agreements: z.array(Agreement) }).parse(answer).agreements;
}
