// Builds the page into dist/renderer if its sources have changed since it was built. The folder is
// replaced whole, by rename: a host that serves it never sees half a page, and any number of processes
// may build at once. Says what it does on stderr. Needs Vite, so it is of use in a checkout only.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { listFiles, stampOf } from './sources.mjs';

const projectFolder = fileURLToPath(new URL('../../', import.meta.url));
const dist = path.join(projectFolder, 'dist');
const page = path.join(dist, 'renderer');
const buildingPrefix = '.page-';
/** Never served: the page's files don't begin with a dot. */
const stampName = '.stamp';
const dayMs = 24 * 3600 * 1000;

async function ensurePage() {
  removeLeftovers();
  for (;;) {
    const stamp = currentStamp();
    if (stampOfPage() === stamp) return;
    console.error('Building the page …');
    const building = path.join(dist, buildingPrefix + randomUUID());
    try {
      await buildInto(building);
      // Edited meanwhile: what was built may be neither the old nor the new sources.
      if (currentStamp() !== stamp) continue;
      fs.writeFileSync(path.join(building, stampName), stamp);
      replacePage(building);
    } finally {
      fs.rmSync(building, { recursive: true, force: true });
    }
  }
}

function currentStamp() {
  return stampOf(
    listFiles(projectFolder, {
      roots: ['package.json', 'package-lock.json', 'renderer', 'shared', 'assets'],
      isSource: (name) => !/\.(test\.ts|md)$/.test(name),
    }),
  );
}

function stampOfPage() {
  const file = path.join(page, stampName);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

async function buildInto(folder) {
  const { build } = await import('vite');
  await build({
    configFile: path.join(projectFolder, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
}

function replacePage(building) {
  const old = path.join(dist, buildingPrefix + randomUUID());
  if (fs.existsSync(page)) fs.renameSync(page, old);
  try {
    fs.renameSync(building, page);
  } catch (error) {
    // Another process was faster; whether its page will do is looked at again.
    if (!fs.existsSync(page)) throw error;
  }
  fs.rmSync(old, { recursive: true, force: true });
}

/** Of builds that were ended in the middle. */
function removeLeftovers() {
  if (!fs.existsSync(dist)) return;
  for (const name of fs.readdirSync(dist)) {
    if (!name.startsWith(buildingPrefix)) continue;
    const folder = path.join(dist, name);
    const found = fs.statSync(folder, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > dayMs) {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

try {
  await ensurePage();
} catch (error) {
  const isMissing = error.code === 'ERR_MODULE_NOT_FOUND';
  console.error(
    isMissing ? `A package is missing; run "npm ci" in ${projectFolder}.` : String(error.message),
  );
  process.exitCode = 1;
}
