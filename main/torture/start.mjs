// `npm run torture`: bundles what changed and starts the torture suite. Plain JavaScript, because Node 20
// does not read TypeScript.
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { ensureBundle } from '../build/bundle.mjs';

process.setSourceMapsEnabled(true);
const folder = await ensureBundle();
const { main } = await import(pathToFileURL(path.join(folder, 'torture.js')).href);
process.exitCode = await main(process.argv.slice(2));
