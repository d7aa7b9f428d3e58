// Bundles the programs into dist/main-<stamp>/, because Node 20 does not read TypeScript. The stamp is
// made of the sources' paths, sizes and times, so finding an up-to-date bundle takes milliseconds.
// A folder appears whole, by rename: any number of processes may bundle at once. Must start without
// dependencies when nothing is to be done; run by plain Node, so plain JavaScript.
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryPoints, pageScriptOptions, pageScripts, preloadScripts } from './entry-points.mjs';
import { listFiles, stampOf } from './sources.mjs';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));
const prefix = 'main-';
const buildingPrefix = '.building-';
const weekMs = 7 * 24 * 3600 * 1000;
const dayMs = 24 * 3600 * 1000;

/** @returns {Promise<string>} the folder with `cli.js`, `trainer.js`, … and what they share */
export async function ensureBundle() {
  const dist = path.join(projectFolder, 'dist');
  for (;;) {
    const stamp = stampOf(listSources());
    const folder = path.join(dist, prefix + stamp);
    if (fs.existsSync(folder)) {
      noteUse(folder);
      return folder;
    }
    const building = path.join(dist, buildingPrefix + randomUUID());
    try {
      await bundleInto(building);
      // Edited meanwhile: what was bundled may be neither the old nor the new sources.
      if (stampOf(listSources()) !== stamp) continue;
      moveIntoPlace(building, folder);
      removeUnused(dist, folder);
      return folder;
    } finally {
      fs.rmSync(building, { recursive: true, force: true });
    }
  }
}

async function bundleInto(folder) {
  const { build } = await import('esbuild');
  const common = {
    absWorkingDir: projectFolder,
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'silent',
  };
  await build({
    ...common,
    entryPoints: named(entryPoints),
    format: 'esm',
    packages: 'external',
    splitting: true,
    chunkNames: 'shared-[hash]',
    define: {
      RESNET_LAB_CODE_VERSION: JSON.stringify(codeVersion()),
      // Programs start each other as siblings; see main/host/program-files.ts and main/data/decoding.
      RESNET_LAB_IS_BUNDLED: 'true',
    },
  });
  // A sandboxed page can load CommonJS only, and from no other module than Electron's own.
  await build({
    ...common,
    entryPoints: named(preloadScripts),
    format: 'cjs',
    external: ['electron'],
    outExtension: { '.js': '.cjs' },
  });
  await build({
    ...pageScriptOptions,
    absWorkingDir: projectFolder,
    outdir: folder,
    logLevel: 'silent',
    entryPoints: named(pageScripts),
  });
}

function named(sources) {
  return Object.entries(sources).map(([out, source]) => ({ in: source, out }));
}

/** What a run records as the code that made it: the package's version and a hash of the sources. */
function codeVersion() {
  const { version } = JSON.parse(fs.readFileSync(path.join(projectFolder, 'package.json'), 'utf8'));
  const hash = createHash('sha256');
  for (const source of listSources()) {
    hash.update(`${source.name}\0${source.sizeBytes}\0`);
    hash.update(fs.readFileSync(path.join(projectFolder, source.name)));
  }
  return `${version}+${hash.digest('hex').slice(0, 10)}`;
}

/** Everything that may end up in a bundle or decides how it is made. */
function listSources() {
  return listFiles(projectFolder, {
    roots: ['package.json', 'main', 'shared', 'renderer/report-page'],
    isSource: (name) => /\.(ts|mjs)$/.test(name) && !/\.test\.ts$/.test(name),
  });
}

function moveIntoPlace(building, folder) {
  try {
    fs.renameSync(building, folder);
  } catch (error) {
    // Another process was faster; its bundle is made of the same sources.
    if (!fs.existsSync(folder)) throw error;
  }
}

/** So that `removeUnused` spares it. A read-only checkout is used as it is. */
function noteUse(folder) {
  try {
    const now = new Date();
    fs.utimesSync(folder, now, now);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes(error.code)) throw error;
  }
}

function removeUnused(dist, current) {
  for (const name of fs.readdirSync(dist)) {
    const folder = path.join(dist, name);
    const limitMs = name.startsWith(prefix)
      ? weekMs
      : name.startsWith(buildingPrefix)
        ? dayMs
        : Infinity;
    const found = fs.statSync(folder, { throwIfNoEntry: false });
    if (folder === current || found === undefined) continue;
    if (Date.now() - found.mtimeMs > limitMs) fs.rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(path.relative(process.cwd(), await ensureBundle()));
}
