// Finds the npm packages whose files are needed on disk: the binding's C++ sources and the Node-API
// headers. Works from source and from a bundle, because packages stay outside the bundle; it never
// loads them (tfjs-node-gpu would want a native library at once).
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { failure } from '../../shared/errors.ts';

const packageRequire = createRequire(import.meta.url);

export const TFJS_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** In a packed app these packages are unpacked beside the archive: compilers cannot read inside it. */
function outsideArchive(file: string): string {
  return file.replace(/([\\/])app\.asar([\\/])/, '$1app.asar.unpacked$2');
}

/** Where it is resolved: in a packed app inside the archive, with all that it depends on. */
function resolvedFolder(name: string): string {
  try {
    return path.dirname(packageRequire.resolve(`${name}/package.json`));
  } catch (cause) {
    throw failure(
      'package-missing',
      `The npm package ${name} is not installed; run "npm ci" in the folder of ResNet Lab.`,
      { cause },
    );
  }
}

/** Where its files are on disk. */
export function tfjsPackageFolder(): string {
  return outsideArchive(resolvedFolder(TFJS_PACKAGE));
}

export function nodeApiIncludeFolder(): string {
  return path.join(outsideArchive(resolvedFolder('node-api-headers')), 'include');
}

/** Absolute path of a module as tfjs-node-gpu itself would find it: in a packed app, in the archive. */
export function resolveFromTfjs(specifier: string): string {
  return tfjsRequire().resolve(specifier);
}

/** Folders in which tfjs-node-gpu finds its own dependencies. */
export function tfjsModuleFolders(): readonly string[] {
  return tfjsRequire().resolve.paths('progress') ?? [];
}

function tfjsRequire(): NodeJS.Require {
  return createRequire(path.join(resolvedFolder(TFJS_PACKAGE), 'package.json'));
}

/** The binding's sources, in a stable order. */
export async function bindingSources(): Promise<readonly string[]> {
  const folder = path.join(tfjsPackageFolder(), 'binding');
  const names = (await readdir(folder)).filter((name) => /\.(cc|h)$/.test(name)).sort();
  return names.map((name) => path.join(folder, name));
}

/** Changes when a staged binding can no longer be trusted to be the one we would build. */
export async function bindingHash(flags: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(flags.join('\0'));
  for (const file of await bindingSources()) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}
