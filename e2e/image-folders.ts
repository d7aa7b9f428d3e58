// Folders of images for the stories, made on the spot: stripes that any small network learns.
import fs from 'node:fs';
import path from 'node:path';
import { zipOf, type ZipPart } from '../main/data/archive/testing/archives.ts';
import { png } from '../main/data/testing/fixtures.ts';
import { createRng } from '../shared/rng.ts';

export interface ImageFolder {
  readonly classes: Readonly<Record<string, number>>;
  readonly side?: number;
  /** Further files, by their path in the folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Returns the folder's path. */
export function writeImageFolder(folder: string, options: ImageFolder): string {
  const { classes, side = 12, files = {} } = options;
  fs.mkdirSync(folder, { recursive: true });
  Object.entries(classes).forEach(([name, count], label) => {
    for (let i = 0; i < count; i++) {
      write(folder, `${name}/${name}-${String(i).padStart(3, '0')}.png`, stripes(side, label, i));
    }
  });
  for (const [name, content] of Object.entries(files)) write(folder, name, content);
  return folder;
}

/** The folder as a zip with everything under its name, and further entries. Returns the zip's path. */
export function zipFolder(folder: string, odd: readonly ZipPart[] = []): string {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile());
  const parts = files.map((name) => ({
    name: `${path.basename(folder)}/${name.replaceAll(path.sep, '/')}`,
    bytes: fs.readFileSync(path.join(folder, name)),
  }));
  fs.writeFileSync(`${folder}.zip`, zipOf([...parts, ...odd]));
  return `${folder}.zip`;
}

/** A direction for each class; a colour, a place and grain for each image, or they would look alike. */
function stripes(side: number, label: number, seed: number): Uint8Array {
  const rng = createRng(seed, 'stripes', label);
  const base = [rng.below(60), rng.below(60), rng.below(60)];
  const shift = rng.below(side);
  return png({ width: side, height: side }, (x, y, channel) => {
    const along = [x, y, x + y, x - y + side][label % 4] ?? x;
    const isLight = Math.floor((along + shift) / 3) % 2 === 0;
    return (base[channel] ?? 0) + (isLight ? 90 : 0) + rng.below(100);
  });
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
