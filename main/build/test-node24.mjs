// Runs on Node 24, whatever Node runs this script, the tests of what can differ between Node versions. The binary
// comes from the platform package that the `node` package on npm is made of, kept under node_modules/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const VERSION = '24';

/**
 * Folders of tests, and single ones, each with what of Node it goes through. What is not here is arithmetic inside
 * TensorFlow's library, which never sees Node, and our own TypeScript on numbers and texts.
 */
export const CHOSEN = {
  'main/engine/tensorflow/': 'the binding: it loads, and bytes go in and out',
  'main/engine/recording/': 'the binding: graphs are written, loaded as sessions and run',
  'main/runtime/':
    'staging: archives, hashes, processes, and what tfjs-node misses in newer versions',
  'main/store/': "SQLite's addon",
  'main/data/': "the decoder's addon, files, zip, tar and gzip, processes that die",
  'main/host/': 'processes of jobs, files and streams, and a crash in native code',
  'main/serve/': 'HTTP and WebSockets',
  'main/mcp/': 'a protocol over stdin and stdout',
  'main/app/': "messages between a window's processes",
  'shared/rpc/': 'what goes between processes: structured clones, ports, backpressure',
  'main/build/': 'bundling, and what a bundle is',
  'main/cli/start.native.test.ts': 'the program from its first line to Ctrl-C',
  'main/cli/train.native.test.ts': 'a training in all its processes: stopped, killed, resumed',
  'main/cli/hang.native.test.ts': 'a trainer that is silent',
  'main/cli/image-folder.native.test.ts': 'decoders beside a trainer',
  'main/cli/loaded-modules.native.test.ts': 'what a training loads',
  'main/cli/export.native.test.ts': "onnxruntime's addon, and archives that are written",
};

/** Of these folders, and yet arithmetic. */
export const LEFT_OUT = {
  'main/host/services/estimate.native.test.ts': "TensorFlow's memory; the trainings are as above",
};

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

function main() {
  if (process.versions.node.startsWith(`${VERSION}.`)) {
    console.log(`This is Node ${process.versions.node}; the tests have run on it already.`);
    return;
  }
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    run('npm', ['install', '--no-save', '--prefix', folder, `${name}@${VERSION}`]);
  }
  run(binary, ['--version']);
  run(binary, [
    ...[join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'],
    ...['--project', 'unit', '--project', 'native', ...Object.keys(CHOSEN)],
    ...Object.keys(LEFT_OUT).flatMap((file) => ['--exclude', file]),
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

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
