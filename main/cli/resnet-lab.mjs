#!/usr/bin/env node
// Starts the command line. In a checkout it first bundles what changed; an installed app has the
// bundle only. Plain JavaScript without dependencies, so that it can say what is missing.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
if (!isSupported) {
  exitWith(
    'node-version',
    `ResNet Lab needs Node 20.19 or newer, 22.13 or newer, or 24 and above; this is ${process.version}. Install one from https://nodejs.org and start again.`,
  );
}
process.setSourceMapsEnabled(true);
const folder = await bundleFolder();
const { main } = await import(pathToFileURL(path.join(folder, 'cli.js')).href);
await main(process.argv.slice(2));

async function bundleFolder() {
  const project = fileURLToPath(new URL('../../', import.meta.url));
  const bundler = path.join(project, 'main', 'build', 'bundle.mjs');
  if (!fs.existsSync(bundler)) return installedBundle(path.join(project, 'dist'));
  try {
    const { ensureBundle } = await import(pathToFileURL(bundler).href);
    return await ensureBundle();
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') {
      return exitWith(
        'not-installed',
        `A package is missing (${error.message}); run "npm ci" in ${project} and start again.`,
      );
    }
    return exitWith('not-bundled', `The sources in ${project} can't be bundled: ${error.message}`);
  }
}

function installedBundle(dist) {
  const names = fs.existsSync(dist)
    ? fs.readdirSync(dist).filter((name) => name.startsWith('main-'))
    : [];
  if (names.length === 1) return path.join(dist, names[0]);
  return exitWith(
    'not-installed',
    `${dist} should hold one bundle but has ${names.length}; install ResNet Lab again.`,
  );
}

function exitWith(code, sentence) {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ error: { code, message: sentence, details: {} } }));
  } else {
    console.error(`error[${code}]: ${sentence}`);
  }
  process.exit(1);
}
