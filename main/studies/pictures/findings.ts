// An autoencoder's pictures as figures. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { base64, bytesOfBase64 } from '../../../shared/figures/palette-png.ts';
import { formatExact } from '../../../shared/format.ts';

const COLUMNS = 10;

export function findPictures(values: ProbeValuesOf<'pictures'>): Finding {
  const { examples, split, of, samples, walks, latent } = values;
  const size = values.shape.height * values.shape.width * values.shape.channels;
  const images = { kind: 'images', shape: values.shape } as const;
  const lines = Math.ceil(examples / COLUMNS);
  const originals = rowsOf(values.originals, COLUMNS * size);
  const rebuilt = rowsOf(values.rebuilt, COLUMNS * size);
  return {
    sentences: [
      `Rebuilt are ${formatExact(examples)} of ${formatExact(of)} images of the ${split} split, from the mean of each one’s latent Gaussian (${formatExact(latent)} numbers).`,
      'Samples are what the decoder makes of standard normal numbers. A walk goes straight from one image’s latent mean to the next one’s.',
    ],
    figures: [
      {
        ...{ ...images, id: 'rebuilt', title: 'Images and what is rebuilt of them' },
        columns: Math.min(COLUMNS, examples),
        rows: Array.from({ length: lines }, (_, i) => [
          { name: 'image', pixels: originals[i] ?? '' },
          { name: 'rebuilt', pixels: rebuilt[i] ?? '' },
        ]).flat(),
      },
      {
        ...{ ...images, id: 'samples', title: 'Samples of the prior' },
        columns: Math.min(COLUMNS, samples.count),
        rows: rowsOf(samples.pixels, COLUMNS * size).map((pixels) => ({ name: '', pixels })),
      },
      {
        ...{ ...images, id: 'walks', title: 'Walks through the latent space' },
        columns: walks.steps,
        rows: rowsOf(walks.pixels, walks.steps * size).map((pixels, i) => ({
          name: `${(i % examples) + 1} → ${((i + 1) % examples) + 1}`,
          pixels,
        })),
      },
    ],
    tables: [],
  };
}

/** A sheet in rows of so many bytes; the last may be shorter. */
function rowsOf(sheet: string, bytes: number): string[] {
  const all = bytesOfBase64(sheet);
  return Array.from({ length: Math.ceil(all.length / bytes) }, (_, i) =>
    base64(all.subarray(i * bytes, (i + 1) * bytes)),
  );
}
