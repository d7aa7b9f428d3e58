// Runs the native tests on Node 24 as well, whatever Node runs this script, but for those of arithmetic alone:
// TensorFlow computes the same numbers under any Node. The binary comes from the
// platform package that the `node` package on npm is made of, kept under node_modules/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '24';
const ARITHMETIC = ['main/parity/**', 'main/engine/ops/**', 'main/bench/kernels/**'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const platform = process.platform === 'win32' ? 'win' : process.platform;
const name = `node-${platform}-${process.arch}`;
const folder = join(root, 'node_modules', '.cache', `node-${VERSION}`);
const binary = join(
  folder,
  'node_modules',
  name,
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

if (process.versions.node.startsWith(`${VERSION}.`)) {
  console.log(`This is Node ${process.versions.node}; the tests have run on it already.`);
} else {
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    run('npm', ['install', '--no-save', '--prefix', folder, `${name}@${VERSION}`]);
  }
  run(binary, ['--version']);
  run(binary, [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    ...['run', '--project', 'native', ...ARITHMETIC.flatMap((glob) => ['--exclude', glob])],
    ...process.argv.slice(2),
  ]);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
