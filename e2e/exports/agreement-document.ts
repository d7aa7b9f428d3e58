// docs/exports.md: what every format's runtime made of the images, network by network.
import type { Agreement } from '../../shared/contract/app/exports.ts';
import { formatSignificant } from '../../shared/format.ts';
import type { ReadEvents } from './tensorboard-agreement.ts';

export interface CheckedNetwork {
  readonly title: string;
  readonly agreements: readonly Agreement[];
  readonly events: ReadEvents;
}

interface Facts {
  readonly images: number;
  readonly side: number;
  readonly steps: number;
  readonly tolerance: number;
  readonly machine: string;
  readonly node: string;
  readonly chromium: string;
}

const FORMATS: Readonly<Record<string, string>> = {
  onnx: 'ONNX, logits',
  'onnx-image': 'ONNX from image bytes, probabilities',
  pytorch: 'PyTorch weights, logits',
  'saved-model': 'SavedModel, logits',
  tfjs: 'TensorFlow.js, logits',
};

export function agreementDocument(networks: readonly CheckedNetwork[], facts: Facts): string {
  return `# Exported files against this app

Written by \`npm run exports:check\` on ${new Date().toISOString().slice(0, 10)} (${facts.machine}, Node ${facts.node}, Chromium
${facts.chromium}); it fails if a runtime is missing, sees another class in any image, or differs by
${facts.tolerance} or more.

Each network is trained for ${facts.steps} steps on a folder of ${facts.side}×${facts.side} images in four classes and exported in every format.
The format's own runtime then reads ${facts.images} validation images as PNG files and computes them; what it says is held
against the float32 logits (probabilities: their softmax) that this app computed of the same images.

${networks.map(section).join('\n')}`;
}

function section({ title, agreements, events }: CheckedNetwork): string {
  const rows = agreements.map((agreement) =>
    'images' in agreement
      ? [
          FORMATS[agreement.format] ?? agreement.format,
          agreement.runtime,
          `${agreement.sameClass} of ${agreement.images}`,
          formatSignificant(agreement.largestDifference),
        ]
      : [agreement.format, `${agreement.missing} is missing`, '', ''],
  );
  return `## ${title}

| Format | Computed again by | Same class | Largest difference |
| ------ | ----------------- | ---------: | -----------------: |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Event files: ${events.runtime} reads ${events.points} points of ${events.series} series, ${events.different} of them not as they are in the library.
`;
}
