// An explanation as files: the numbers as JSON, and pictures to look at.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Explained } from '../../shared/contract/explanations.ts';
import {
  enlarged,
  imagePixels,
  magnitudeScale,
  mapPixels,
  overlaid,
  signedScale,
  type MapScale,
  type ValueMap,
} from '../../shared/figures/map-pixels.ts';
import { csvText } from '../../shared/csv.ts';
import { encodePng } from '../data/png.ts';

const OVERLAY_OPACITY = 0.5;

/** Names of the files, in the folder, which is made. */
export async function writeExplanation(explained: Explained, folder: string): Promise<string[]> {
  await fs.mkdir(folder, { recursive: true });
  const names: string[] = [];
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    await fs.writeFile(path.join(folder, name), content);
    names.push(name);
  };
  const { input, explanation } = explained;
  const { height, width } = input;
  const image = imagePixels(explained.pixels, input.channels);
  await write('input.png', await encodePng(image, input));
  const writeMap = async (name: string, map: ValueMap, scale: MapScale): Promise<void> => {
    const pixels = mapPixels(enlarged(map, height, width), scale);
    await write(`${name}.png`, await encodePng(pixels, input));
  };
  switch (explanation.kind) {
    case 'grad-cam':
    case 'occlusion': {
      const isSigned = explanation.kind === 'occlusion';
      const scale = isSigned ? signedScale(explanation) : magnitudeScale(explanation);
      await writeMap('map', explanation, scale);
      const pixels = mapPixels(enlarged(explanation, height, width), scale);
      await write('overlay.png', await encodePng(overlaid(image, pixels, OVERLAY_OPACITY), input));
      break;
    }
    case 'blocks': {
      for (const [i, unit] of explanation.units.entries()) {
        const { output, added } = unit;
        const name = `${String(i).padStart(3, '0')}-${unit.name}`;
        const outputMap = { ...unit, values: output };
        await writeMap(`${name}-output`, outputMap, magnitudeScale(outputMap, 'least'));
        if (added === null) continue;
        const addedMap = { ...unit, values: added };
        await writeMap(`${name}-added`, addedMap, magnitudeScale(addedMap));
      }
      const rows = explanation.units.map(({ name, ratio, ...size }) => [
        name,
        `${size.height}x${size.width}`,
        ratio === null ? '' : String(ratio),
      ]);
      await write('blocks.csv', csvText([['unit', 'map', 'branch over input'], ...rows]));
    }
  }
  await write('explanation.json', `${JSON.stringify(numbersOf(explained))}\n`);
  return names;
}

/** Typed arrays as arrays, row by row; the image is in `input.png`. */
function numbersOf({ pixels: _, probabilities, explanation, ...rest }: Explained): object {
  const plain =
    explanation.kind === 'blocks'
      ? {
          ...explanation,
          units: explanation.units.map((unit) => ({
            ...unit,
            output: [...unit.output],
            added: unit.added === null ? null : [...unit.added],
          })),
        }
      : { ...explanation, values: [...explanation.values] };
  return { format: 1, ...rest, probabilities: [...probabilities], explanation: plain };
}
