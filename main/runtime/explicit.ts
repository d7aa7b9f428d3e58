// A TensorFlow that the user names with RESNET_LAB_RUNTIME: either a staged runtime (its binding is
// used as it is) or a folder with the libraries, against which a binding is compiled into the cache.
// Nothing in the named folder is ever changed.
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode, inputError } from '../../shared/errors.ts';
import { compileBinding } from './compile-binding.ts';
import { cudaLinkage } from './cuda-packages.ts';
import { archiveLibraries, BINDING_FILE, LIBRARY_FOLDER, wheelLibraries } from './layout.ts';
import { findDamage, readRecord, toRuntime } from './record.ts';
import type { Environment, OnProgress, Runtime } from './runtime.ts';
import type { StagedFiles } from './stage-wheel.ts';
import { verifyBinding } from './verify.ts';

export type Explicit =
  | { readonly kind: 'runtime'; readonly folder: string }
  | {
      readonly kind: 'libraries';
      readonly folder: string;
      /** Absolute paths; the first exports the C API. */
      readonly libraries: readonly string[];
      readonly includeFolder: string;
      /** Changes when the libraries do. */
      readonly stamp: string;
    };

/** Understands what RESNET_LAB_RUNTIME names; undefined when it is not set. */
export async function findExplicit(env: Environment): Promise<Explicit | undefined> {
  const named = env['RESNET_LAB_RUNTIME'];
  if (!named) return undefined;
  const folder = path.resolve(named);
  if (await exists(path.join(folder, BINDING_FILE))) return { kind: 'runtime', folder };
  const places = ['', 'tensorflow', 'lib', LIBRARY_FOLDER].map((name) => path.join(folder, name));
  const kinds = [wheelLibraries(process.platform) ?? [], archiveLibraries(process.platform)];
  for (const place of places) {
    for (const names of kinds) {
      const libraries = names.map((name) => path.join(place, name));
      if (names.length === 0 || !(await allExist(libraries))) continue;
      return {
        kind: 'libraries',
        folder: place,
        libraries,
        includeFolder: await findHeaders(place),
        stamp: await stampOf(libraries),
      };
    }
  }
  const expected = [BINDING_FILE, ...kinds.map((names) => names[0] ?? '').filter(Boolean)];
  throw inputError(
    'runtime-not-found',
    `RESNET_LAB_RUNTIME names ${folder}, but there is none of ${expected.join(', ')} in it; name a staged runtime or a folder with TensorFlow's libraries, or unset it.`,
    { path: folder, details: { expected } },
  );
}

/** A staged runtime elsewhere, e.g. beside a packed app. Its own record spares checking it by loading. */
export async function openExplicitRuntime(
  folder: string,
  options: {
    readonly env: Environment;
    readonly onProgress: OnProgress;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Runtime> {
  const reasons = [`RESNET_LAB_RUNTIME names ${folder}.`];
  const record = await readRecord(folder);
  if (record !== undefined) {
    const damage = await findDamage({ folder, record });
    if (damage !== undefined) {
      throw inputError(
        'runtime-damaged',
        `RESNET_LAB_RUNTIME names ${folder}, which is damaged (${damage}); stage it again, or unset it.`,
        { path: folder },
      );
    }
    return { ...toRuntime({ folder, record }, true), origin: 'explicit', reasons };
  }
  const bindingPath = path.join(folder, BINDING_FILE);
  const { tensorflowVersion, usesGpu } = await verifyBinding(bindingPath, options);
  return {
    bindingPath,
    libraryFolder: path.join(folder, LIBRARY_FOLDER),
    tensorflowVersion,
    device: usesGpu ? 'cuda' : 'cpu',
    origin: 'explicit',
    cached: true,
    reasons,
  };
}

/** Compiles a binding that loads the libraries from where they are. */
export async function stageFromLibraries(
  explicit: Extract<Explicit, { kind: 'libraries' }>,
  options: {
    readonly folder: string;
    readonly env: Environment;
    readonly onProgress: OnProgress;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<StagedFiles> {
  // In site-packages the CUDA packages lie beside TensorFlow.
  const cuda = await cudaLinkage(path.join(path.dirname(explicit.folder), 'nvidia'));
  await compileBinding({
    ...options,
    bindingPath: path.join(options.folder, BINDING_FILE),
    includeFolders: [explicit.includeFolder],
    libraries: [...explicit.libraries, ...cuda.libraries],
    searchFolders: [explicit.folder, ...cuda.folders],
  });
  return { libraryFolder: explicit.folder, files: [BINDING_FILE, ...explicit.libraries] };
}

async function findHeaders(place: string): Promise<string> {
  const candidates = [path.join(place, 'include'), path.join(place, '..', 'include')];
  for (const candidate of candidates) {
    if (await exists(path.join(candidate, 'tensorflow', 'c', 'c_api.h'))) return candidate;
  }
  throw inputError(
    'headers-missing',
    `RESNET_LAB_RUNTIME names TensorFlow's libraries in ${place}, but its C headers are in none of ${candidates.join(', ')}; put TensorFlow's include folder there.`,
    { path: place },
  );
}

async function stampOf(libraries: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const library of libraries) {
    const { size, mtimeMs } = await stat(library);
    hash.update(`${await realpath(library)}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex').slice(0, 12);
}

async function allExist(files: readonly string[]): Promise<boolean> {
  for (const file of files) if (!(await exists(file))) return false;
  return true;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}
