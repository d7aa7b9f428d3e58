// What a folder on a disk may hold besides files: odd names, links that lead out, pipes and devices.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readDatasetFile } from './dataset-file.ts';
import { openDataset } from './open.ts';
import { createWorkspace, noisePng, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test.runIf(process.platform === 'linux')(
  'Names that are not UTF-8 are read, shown with their odd bytes, and opened by what is shown.',
  async () => {
    const picture = noisePng(8, 1);
    const folder = Buffer.concat([Buffer.from(space.path('caf')), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(
      Buffer.concat([folder, Buffer.from('/'), Buffer.from([0xff, 0x2e]), Buffer.from('png')]),
      picture,
    );
    space.write({ 'tea/1.png': noisePng(8, 2) });
    const { classes, splits, problems } = await openDataset({
      source: space.root,
      cacheFolder: space.cache,
    });
    expect([classes, problems]).toEqual([['caf\\xe9', 'tea'], []]);
    expect(splits.train.sourceOf(0)).toBe('caf\\xe9/\\xff.png');
    const file = await readDatasetFile(space.root, 'caf\\xe9/\\xff.png');
    expect(Buffer.from(file.bytes)).toEqual(picture);
  },
);

test.runIf(process.platform === 'linux')(
  'Pipes, devices, and links to the kernel or above the dataset are named and never opened.',
  async () => {
    space.write({ 'a/1.png': noisePng(8, 1), 'b/1.png': noisePng(8, 2) });
    execFileSync('mkfifo', [space.path('a/pipe.png')]);
    symlinkSync('/dev/zero', space.path('a/zero.png'));
    symlinkSync('/', space.path('a/everything'));
    symlinkSync('/proc', space.path('a/proc'));
    symlinkSync('/sys', space.path('b/sys'));
    const { problems } = await openDataset({ source: space.root, cacheFolder: space.cache });
    expect(problems.map(({ source, reason }) => `${source} ${reason}`)).toEqual([
      'a/everything is a link to a folder that contains the dataset',
      'a/pipe.png is a named pipe and is not opened',
      'a/proc belongs to the kernel and is not listed',
      'a/zero.png is a device and is not opened (by a link)',
      'b/sys belongs to the kernel and is not listed',
    ]);
  },
);

test.runIf(process.platform !== 'win32')(
  'Links to folders elsewhere are used and said.',
  async () => {
    const elsewhere = createWorkspace();
    elsewhere.write({ '1.png': noisePng(8, 1), '2.png': noisePng(8, 2) });
    space.write({
      'b/1.png': noisePng(8, 3),
      'b/2.png': noisePng(8, 4),
      'd/1.png': noisePng(8, 5),
    });
    symlinkSync(elsewhere.root, space.path('a'));
    symlinkSync(space.path('d'), space.path('c'));
    const { classes, layout } = await openDataset({ source: space.root, cacheFolder: space.cache });
    expect(classes).toEqual(['a', 'b', 'c', 'd']);
    expect(layout?.links).toEqual({
      count: 1,
      example: expect.stringMatching(/^a → \//) as string,
    });
    elsewhere.remove();
  },
);
