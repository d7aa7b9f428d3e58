// Puts all that the benchmark needs on a machine without network into one archive, in pieces: Node, the staged
// TensorFlow with its binding, this program as one file, the packages that stay outside of it, PyTorch's side.
import { spawn } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { failure, hasErrorCode, inputError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { CUDA_FOLDER } from '../../runtime/layout.ts';
import { TFJS_PACKAGE, tfjsPackageFolder } from '../../runtime/packages.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { sumsOf, writePieces, type Piece } from './pieces.ts';

const NAME = 'resnet-lab-gpu-bench';
const PIECE_BYTES = 60 * 2 ** 20;

const RUN = `#!/bin/sh
# Times ResNet Lab and PyTorch on this machine. PYTHON names a Python with torch; see docs/gpu.md.
here=$(cd "$(dirname "$0")" && pwd)
export RESNET_LAB_RUNTIME="$here/runtime" RESNET_LAB_SOURCES="$here" RESNET_LAB_CACHE="$here/cache"
exec "$here/node" "$here/bench-gpu.mjs" measure "$@"
`;

const UNPACK = `#!/bin/sh
# Checks the pieces beside this file and unpacks them here.
set -eu
cd "$(dirname "$0")"
sha256sum -c SHA256SUMS
cat ${NAME}.tar.gz.* | tar -xzf -
echo "Now run: $(pwd)/${NAME}/run.sh"
`;

export async function packInto(out: string, note: (text: string) => void): Promise<void> {
  if (process.platform !== 'linux') {
    throw inputError('not-here', 'The benchmark can be packed on Linux only, for Linux.');
  }
  await makeEmpty(out);
  const runtime = await ensureCheckedRuntime({ onProgress: ({ message }) => note(message) });
  if (runtime.device !== 'cuda') {
    note(
      'TensorFlow is here for the CPU: the pack measures CPUs. Pack where `doctor` names a GPU.',
    );
  }
  const work = await mkdtemp(path.join(os.tmpdir(), `${NAME}-`));
  try {
    const folder = path.join(work, NAME);
    await mkdir(folder);
    note('Gathering the program and its packages');
    await fill(folder, runtime);
    note('Compressing');
    const pieces = await compress(work, out);
    await writeFile(path.join(out, 'SHA256SUMS'), sumsOf(pieces));
    await writeScript(path.join(out, 'unpack.sh'), UNPACK);
    const size = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    note(
      `${pieces.length} pieces, ${formatBytes(size)}, in ${out}. Carry the folder over and run unpack.sh there.`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Pieces of another pack among these would be unpacked with them. */
async function makeEmpty(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length === 0) return;
  throw inputError('not-empty', `${out} is not empty; name a new folder for the pieces.`, {
    path: out,
  });
}

/** Large things as links: the archive follows them. */
async function fill(folder: string, runtime: Runtime): Promise<void> {
  await bundleInto(path.join(folder, 'bench-gpu.mjs'));
  await symlink(process.execPath, path.join(folder, 'node'));
  await writeScript(path.join(folder, 'run.sh'), RUN);
  // Without its record: whether there is a GPU is found out there.
  for (const [name, source] of runtimeParts(runtime)) {
    await mkdir(path.dirname(path.join(folder, 'runtime', name)), { recursive: true });
    await symlink(source, path.join(folder, 'runtime', name));
  }
  for (const [name, source] of await packagesOf(TFJS_PACKAGE, tfjsPackageFolder())) {
    await mkdir(path.dirname(path.join(folder, 'node_modules', name)), { recursive: true });
    await symlink(source, path.join(folder, 'node_modules', name));
  }
  const sources = process.env['RESNET_LAB_SOURCES'] ?? process.cwd();
  for (const name of ['main/bench/reference', 'main/parity']) {
    await cp(path.join(sources, name), path.join(folder, name), {
      recursive: true,
      filter: (source) => !/fixtures|__pycache__|\.ts$/.test(source),
    });
  }
}

function runtimeParts({ bindingPath, libraryFolder }: Runtime): [string, string][] {
  const home = path.resolve(path.dirname(bindingPath), '..', '..');
  const inside = path.relative(home, libraryFolder);
  if (inside.startsWith('..')) {
    throw inputError(
      'libraries-elsewhere',
      `TensorFlow's libraries are in ${libraryFolder}, outside of the staged runtime, and its binding looks for them there; unset RESNET_LAB_RUNTIME so that they are staged.`,
      { path: libraryFolder },
    );
  }
  return [
    ['lib', path.join(home, 'lib')],
    [path.dirname(CUDA_FOLDER), path.join(home, path.dirname(CUDA_FOLDER))],
  ];
}

/** This program as one file: all packages in it but those with a native part. */
async function bundleInto(file: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [fileURLToPath(import.meta.url)],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'silent',
    external: ['@tensorflow/*', 'esbuild', 'node-api-headers'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package and all that it depends on: name → folder. Nested ones come with the package that they are in. */
async function packagesOf(name: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const pending: [string, string][] = [[name, folder]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [own, place] = next;
    if (found.has(own)) continue;
    const isNested = place.split(`${path.sep}node_modules${path.sep}`).length > 2;
    if (!isNested) found.set(own, place);
    const manifest = JSON.parse(
      await readFile(path.join(place, 'package.json'), 'utf8'),
    ) as Manifest;
    for (const needed of Object.keys(manifest.dependencies ?? {})) {
      const at = await folderOf(needed, place);
      if (at !== undefined && !found.has(needed)) pending.push([needed, at]);
    }
  }
  return found;
}

/** As Node looks for it; a package may not let its package.json be resolved. */
async function folderOf(name: string, from: string): Promise<string | undefined> {
  const places = createRequire(path.join(from, 'package.json')).resolve.paths(name) ?? [];
  for (const place of places) {
    const folder = path.join(place, name);
    try {
      await readFile(path.join(folder, 'package.json'));
      return folder;
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT') && !hasErrorCode(error, 'ENOTDIR')) throw error;
    }
  }
  return undefined;
}

async function compress(work: string, out: string): Promise<Piece[]> {
  const tar = spawn(
    'tar',
    ['--dereference', '--exclude=*.map', '--exclude=*.d.ts', '-cf', '-', '-C', work, NAME],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let words = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.on('error', reject);
    tar.on('close', resolve);
  });
  // Heard below; until then it is not unhandled.
  ended.catch(() => undefined);
  const pieces = await writePieces(tar.stdout.pipe(createGzip({ level: 3 })), {
    ...{ folder: out, name: `${NAME}.tar.gz`, limitBytes: PIECE_BYTES },
  });
  const code = await ended;
  if (code === 0) return pieces;
  throw failure('pack-failed', `tar ended with exit code ${code}: ${words.trim()}`);
}

async function writeScript(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}
