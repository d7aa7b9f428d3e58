// Packs the desktop app for the system it runs on: bundles the programs and the page, then runs
// electron-builder (electron-builder.yml). `--e2e` leaves the inspector on, which Playwright drives the
// app with; everything else is passed on, `--dir` for one.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBundle } from './bundle.mjs';

const project = fileURLToPath(new URL('../../', import.meta.url));
const page = spawnSync(process.execPath, ['main/build/page.mjs'], {
  cwd: project,
  stdio: 'inherit',
});
if (page.status !== 0) process.exit(1);
const [inspector, ...args] = process.argv.includes('--e2e')
  ? ['true', ...process.argv.slice(2).filter((arg) => arg !== '--e2e')]
  : ['false', ...process.argv.slice(2)];
const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js');
const { status } = spawnSync(
  process.execPath,
  [builder, `-c.electronFuses.enableNodeCliInspectArguments=${inspector}`, ...args],
  {
    cwd: project,
    stdio: 'inherit',
    // Old bundles stay in dist for a week; the packed app has one.
    env: { ...process.env, RESNET_LAB_BUNDLE: path.basename(await ensureBundle()) },
  },
);
process.exit(status ?? 1);
