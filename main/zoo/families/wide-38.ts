// Wide ResNet-38, "model A" of Wu, Shen and van den Hengel 2016, and the dilated form that they use for
// dense prediction: from B5 on the map keeps an eighth of the image's side.
import { imagenetInput, type ArchitectureEntry } from '../architecture.ts';

function model(form: 'strided' | 'dilated'): ArchitectureEntry {
  const dilated = form === 'dilated';
  return {
    name: dilated ? 'wide-resnet38-dilated' : 'wide-resnet38',
    title: dilated ? 'Wide ResNet-38, dilated' : 'Wide ResNet-38',
    family: 'wide',
    citation: {
      paper: 'Wu, Shen, van den Hengel: Wider or Deeper (2016)',
      arxiv: '1611.10080',
      where: dilated ? 'section 4' : 'table 1, model A',
    },
    input: imagenetInput,
    classes: 1000,
    spec: {
      // B1; the stages are B2 to B7. Every block that changes the resolution does so by its stride.
      stem: { kind: 'cifar', width: 64 },
      stages: [
        { blocks: 3, width: 128, stride: 2 },
        { blocks: 3, width: 256, stride: 2 },
        { blocks: 6, width: 512, stride: 2 },
        { blocks: 3, width: 1024, widths: [512, 1024], ...(dilated ? { dilation: 2 } : stride) },
        {
          blocks: 1,
          width: 2048,
          widths: [512, 1024, 2048],
          ...(dilated ? { dilation: 4 } : stride),
        },
        { blocks: 1, width: 4096, widths: [1024, 2048, 4096], ...(dilated ? { dilation: 4 } : {}) },
      ],
      block: { kind: 'basic', order: 'full-preactivation' },
      shortcut: 'B',
    },
  };
}

const stride = { stride: 2 } as const;

export const wideResnet38: readonly ArchitectureEntry[] = [model('strided'), model('dilated')];
