// Is there an Electron to open a window with? Looks where the npm package `electron` keeps its binary,
// without loading the package: that alone would start a download.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { messageOf } from '../../shared/errors.ts';

export type FoundElectron =
  | { readonly path: string }
  /** A window could open here if the binary were fetched. */
  | { readonly reason: string; readonly packageFolder: string }
  | { readonly reason: string; readonly packageFolder?: never };

export interface FindElectronOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  /** Undefined on Windows. */
  readonly userId?: number | undefined;
  /** The folder of the npm package, or undefined where it isn't installed. */
  readonly packageFolder?: string | undefined;
}

/** `reason` completes "No window: …". */
export function findElectron(options: FindElectronOptions = {}): FoundElectron {
  const {
    env = process.env,
    platform = process.platform,
    userId = process.getuid?.(),
    packageFolder = installedPackage(),
  } = options;
  // Nothing is fetched for a machine that can't show it.
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return { reason: 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)' };
  }
  if (platform === 'linux' && userId === 0) {
    return { reason: "Electron's sandbox does not work for root; start as another user" };
  }
  if (packageFolder === undefined) return { reason: 'the npm package electron is not installed' };
  return binaryOf(packageFolder, env);
}

function binaryOf(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): FoundElectron {
  const elsewhere = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const name = read(path.join(folder, 'path.txt'));
  if (name === undefined && !elsewhere) return missing(folder, env, 'is not there');
  const file = path.join(elsewhere ?? path.join(folder, 'dist'), name ?? 'electron');
  if (!fs.existsSync(file)) {
    return elsewhere
      ? { reason: `ELECTRON_OVERRIDE_DIST_PATH names no Electron: ${file} is missing` }
      : missing(folder, env, `${file} is missing`);
  }
  if (elsewhere) return { path: file };
  const has = read(path.join(folder, 'dist', 'version'))?.replace(/^v/, '');
  const wanted = versionOf(folder);
  if (has !== wanted)
    return missing(folder, env, `is ${has ?? 'of unknown version'}, not ${wanted}`);
  return { path: file };
}

function missing(
  packageFolder: string,
  env: Readonly<Record<string, string | undefined>>,
  how: string,
): FoundElectron {
  const reason = `Electron's binary ${how}`;
  return env['ELECTRON_SKIP_BINARY_DOWNLOAD']
    ? { reason: `${reason}, and ELECTRON_SKIP_BINARY_DOWNLOAD says not to fetch it` }
    : { reason, packageFolder };
}

function installedPackage(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string {
  const file = path.join(folder, 'package.json');
  try {
    return String((JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: unknown }).version);
  } catch (error) {
    return `what ${file} says (${messageOf(error)})`;
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
