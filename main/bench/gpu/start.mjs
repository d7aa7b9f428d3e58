// `npm run bench:gpu`: bundles what changed and starts the benchmark for GPUs. Plain JavaScript, because Node 20
// does not read TypeScript.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBundle } from '../../build/bundle.mjs';

process.setSourceMapsEnabled(true);
process.env['RESNET_LAB_SOURCES'] ??= fileURLToPath(new URL('../../../', import.meta.url));
const folder = await ensureBundle();
await import(pathToFileURL(path.join(folder, 'bench-gpu.js')).href);
