// What Electron opens (`main` in package.json): finds the bundle and starts the app in it. In a checkout
// it bundles what changed first; an installed app has the bundle only. Must await everything: what the
// app does before Electron is ready has to be done before this module ends.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

process.setSourceMapsEnabled(true);
const project = fileURLToPath(new URL('../../', import.meta.url));
const { startApp } = await import(pathToFileURL(path.join(await bundleFolder(), 'app.js')).href);
startApp();

async function bundleFolder() {
  const bundler = path.join(project, 'main', 'build', 'bundle.mjs');
  if (fs.existsSync(bundler)) {
    const { ensureBundle } = await import(pathToFileURL(bundler).href);
    return await ensureBundle();
  }
  const dist = path.join(project, 'dist');
  const names = fs.readdirSync(dist).filter((name) => name.startsWith('main-'));
  if (names.length !== 1) {
    throw new Error(`${dist} should hold one bundle but has ${names.length}; install again.`);
  }
  return path.join(dist, names[0]);
}
