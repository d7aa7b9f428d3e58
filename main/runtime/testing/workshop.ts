// Builds what tests of staging need: small shared libraries in TensorFlow's place, wheels of them in a
// local folder for pip, a fake compiler, and an environment in which staging uses only these.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { archiveLibraries, wheelLibraries } from '../layout.ts';
import { nodeApiIncludeFolder } from '../packages.ts';
import { wheelPlatforms } from '../fetch-wheel.ts';
import type { Environment } from '../runtime.ts';
import { writeZip } from './zip.ts';
import type { ZipFiles } from './zip.ts';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('fake-tensorflow.c', import.meta.url));
const FAKE_CXX = fileURLToPath(new URL('fake-cxx.sh', import.meta.url));

/** Headers enough to be followed: one includes another. */
export const FAKE_HEADERS: ZipFiles = {
  'tensorflow/c/c_api.h': '#include "tensorflow/c/tf_status.h"\n',
  'tensorflow/c/tf_status.h': '#pragma once\n',
  'tensorflow/c/eager/c_api.h': '#include "tensorflow/c/c_api.h"\n',
  'tensorflow/c/never_included.h': '#error not wanted\n',
};

export interface Workshop {
  readonly folder: string;
  /** A folder of wheels for pip. */
  readonly wheels: string;
  /** With it staging finds only what this workshop has made. */
  readonly env: Environment;
  remove(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'runtime-test-'));
  const wheels = path.join(folder, 'wheels');
  await mkdir(wheels);
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    RESNET_LAB_CACHE: path.join(folder, 'cache'),
    // On a machine with a GPU the tests shall do the same as on one without.
    RESNET_LAB_RUNTIME_ROUTE: 'wheel-cpu',
    PIP_CONFIG_FILE: os.devNull,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_CACHE_DIR: path.join(folder, 'pip-cache'),
    CXX: FAKE_CXX,
    CC: process.env['CC'] ?? 'cc',
    FAKE_SOURCE: SOURCE,
    FAKE_CXX_LOG: path.join(folder, 'compilations'),
  };
  return { folder, wheels, env, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function compile(part: string, target: string, args: readonly string[]): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const own =
    process.platform === 'darwin'
      ? ['-dynamiclib', `-Wl,-install_name,@rpath/${path.basename(target)}`]
      : ['-shared', '-fPIC', `-Wl,-soname,${path.basename(target)}`];
  const include = `-I${nodeApiIncludeFolder()}`;
  await run(process.env['CC'] ?? 'cc', [
    ...own,
    `-DPART_${part}`,
    include,
    SOURCE,
    ...args,
    '-o',
    target,
  ]);
}

/** Makes the two libraries under the given names and returns their paths. */
export async function makeLibraries(
  folder: string,
  names: readonly string[],
  version: string,
): Promise<readonly string[]> {
  const [api, framework] = names.map((name) => path.join(folder, name));
  if (api === undefined || framework === undefined) throw new Error('two names are needed');
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  await compile('FRAMEWORK', framework, [`-DVERSION="${version}"`]);
  await compile('API', api, [framework, `-Wl,-rpath,${origin}`]);
  return [api, framework];
}

/** A prebuilt binding that looks for its libraries where a staged runtime has them. */
export async function makeBinding(target: string, libraries: readonly string[]): Promise<void> {
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const undefinedNames = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const rpath = `-Wl,-rpath,${origin}/../../deps/lib`;
  await compile('BINDING', target, [...undefinedNames, ...libraries, rpath]);
}

export function fakeWheelLibraries(): readonly string[] {
  return wheelLibraries(process.platform) ?? [];
}

export function fakeArchiveLibraries(): readonly string[] {
  return archiveLibraries(process.platform);
}

/** Content of a wheel: files plus METADATA and a RECORD with their hashes. */
export function wheelFiles(
  name: string,
  version: string,
  files: ZipFiles,
  metadata = '',
): ZipFiles {
  const info = `${name.replaceAll('-', '_')}-${version}.dist-info`;
  const all: Record<string, Uint8Array | string> = {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${metadata}`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\n',
  };
  const lines = Object.entries(all).map(([file, content]) => {
    const hash = createHash('sha256').update(content).digest('base64url');
    return `${file},sha256=${hash},${Buffer.from(content).length}`;
  });
  return { ...all, [`${info}/RECORD`]: [...lines, `${info}/RECORD,,`, ''].join('\n') };
}

export interface FakeWheelOptions {
  readonly name?: string;
  readonly version?: string;
  readonly metadata?: string;
  /** Default: any Python; else e.g. `cp312-cp312`. */
  readonly tag?: string;
  readonly change?: (files: ZipFiles) => ZipFiles;
}

export async function makeTensorflowWheel(
  workshop: Workshop,
  options: FakeWheelOptions = {},
): Promise<string> {
  const { name = 'tensorflow-cpu', version = '2.21.0', tag = 'py3-none' } = options;
  const folder = path.join(workshop.folder, 'libraries', version);
  const libraries = await makeLibraries(folder, fakeWheelLibraries(), version);
  const files: Record<string, Uint8Array | string> = { 'tensorflow/python/big.py': 'unwanted' };
  for (const library of libraries) {
    files[`tensorflow/${path.basename(library)}`] = await readFile(library);
  }
  for (const [header, text] of Object.entries(FAKE_HEADERS)) {
    files[`tensorflow/include/${header}`] = text;
  }
  const content = wheelFiles(name, version, files, options.metadata);
  const platform = wheelPlatforms(process.platform, process.arch)[0] ?? 'any';
  const file = `${name.replaceAll('-', '_')}-${version}-${tag}-${platform}.whl`;
  const target = path.join(workshop.wheels, file);
  await writeZip(target, options.change?.(content) ?? content);
  return target;
}

/** A CUDA package with one library in it, as NVIDIA's wheels have them. */
export async function makeCudaWheel(workshop: Workshop, name = 'libcudart.so.12'): Promise<string> {
  const library = path.join(workshop.folder, 'cuda', name);
  await compile('CUDA', library, []);
  const files = {
    [`nvidia/cuda_runtime/lib/${name}`]: await readFile(library),
    'nvidia/cuda_runtime/include/cuda_runtime.h': 'unwanted',
  };
  const target = path.join(workshop.wheels, 'nvidia_cuda_runtime_cu12-12.5.82-py3-none-any.whl');
  await writeZip(target, wheelFiles('nvidia-cuda-runtime-cu12', '12.5.82', files));
  return target;
}
